"""The jobs that the demo runs. Each exhibit raises Wrong unless the platform did it right."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.demo.client import Api, Job
from jobs.errors import CeleriacError

if TYPE_CHECKING:
    import numpy as np

NUMBERS = 10_000_000
SAMPLES = 10_000_000
MANY = 5_000
TICKS = 3
SEED = 20240229
FAILURE = "the demo asked for it"


class Wrong(CeleriacError):
    """{what}: expected {expected}, got {got}."""

    code = "wrong"

    def __init__(self, job: Job | None = None, **fields: Any) -> None:
        self.job = job
        super().__init__(**fields)


def add_numbers(api: Api) -> str:
    """Adds two numbers."""
    job = api.submit("add_numbers", {"a": 19, "b": 23}, name="Add two numbers")
    _expect(job, {"sum": 42})
    return "19 + 23 = 42"


def reverse_string(api: Api) -> str:
    """Reverses a text in which one visible character is several code points."""
    family = "\u200d".join("👩👩👧")  # three people and two joiners, one character to see
    flag = "🇨🇦"
    job = api.submit("reverse_string", {"text": f"ab{family}cé{flag}"}, name="Reverse a text")
    _expect(job, {"text": f"{flag}éc{family}ba"})
    return f"ab{family}cé{flag} → {job['result']['text']}"


def resize_image(api: Api, folder: Path) -> str:
    """Makes a picture of 12 megapixels smaller."""
    from PIL import Image

    original, resized = folder / "photograph.jpg", folder / "resized.jpg"
    _make_picture().save(original, quality=90)
    payload = {"artifact": api.upload(original), "width": 800}
    job = api.submit("resize_image", payload, name="Resize a photograph")
    _expect_completed(job)
    api.download(job["result"]["artifact"], resized)
    with Image.open(resized) as picture:
        picture.load()
        _compare(job, "the picture's size", (800, 600), picture.size)
    _compare(
        job, "the result's size", (800, 600), (job["result"]["width"], job["result"]["height"])
    )
    return f"4000 x 3000 → {resized}, 800 x 600"


def large_array_sum(api: Api, folder: Path) -> str:
    """Adds up ten million numbers in four chunks."""
    import numpy as np

    path = folder / "numbers.npy"
    numbers = np.random.default_rng(SEED).standard_normal(NUMBERS)
    np.save(path, numbers)
    job = api.submit(
        "large_array_sum",
        {"artifact": api.upload(path)},
        name="Sum ten million numbers",
        thread_demand=4,
    )
    _expect_completed(job)
    _compare(job, "count", NUMBERS, job["result"]["count"])
    # Chunks add in another order, which may cost this much.
    tolerance = 1e-9 * float(np.abs(numbers).sum())
    expected = float(numbers.sum())
    if not math.isclose(job["result"]["sum"], expected, rel_tol=0, abs_tol=tolerance):
        raise Wrong(job, what="sum", expected=expected, got=job["result"]["sum"])
    return f"{NUMBERS:,} numbers in {_chunks(api, job, 4)}: {expected:.6f}"


def monte_carlo_pi(api: Api) -> str:
    """Estimates pi from random points, split and in one piece: the estimates are the same."""
    payload = {"samples": SAMPLES, "seed": SEED}
    split = api.submit("monte_carlo_pi", payload, name="Estimate pi in chunks", thread_demand=4)
    _expect_completed(split)
    whole = api.submit("monte_carlo_pi", payload, name="Estimate pi in one piece")
    _expect(whole, split["result"])
    _compare(split, "pi to two digits", "3.14", f"{split['result']['pi']:.2f}")
    return f"{SAMPLES:,} points in {_chunks(api, split, 4)}: {split['result']['pi']:.5f}"


def _chunks(api: Api, job: Job, count: int) -> str:
    """How many chunks a job was split into and where they ran; it must be `count`."""
    executions = api.executions(job["id"])
    executors = sorted({its["executor"] for its in executions if its["kind"] == "chunk"})
    combines = sum(its["kind"] == "combine" for its in executions)
    _compare(job, "chunks and combines", (count, 1), (job["chunk_count"], combines))
    return f"{count} chunks on {' and '.join(executors)}"


def every_second(api: Api) -> str:
    """Makes a task that fires each second, and removes it after some ticks."""
    body = {
        "name": f"Every second {secrets.token_hex(4)}",
        "cron_expression": "* * * * * *",
        "type": "add_numbers",
        "payload": {"a": 1, "b": 2},
    }
    with api.task(body) as task:
        jobs = api.jobs_of(task["id"], TICKS)
    for job in jobs:
        _expect(job, {"sum": 3})
    ticks = sorted(datetime.fromisoformat(job["scheduled_for"]) for job in jobs)
    gaps = {(later - earlier).total_seconds() for earlier, later in pairwise(ticks)}
    _compare(None, "seconds between ticks", {1.0}, gaps)
    return f"{len(jobs)} ticks, {ticks[0]:%H:%M:%S} to {ticks[-1]:%H:%M:%S}, each once"


def http_executor(api: Api) -> str:
    """Runs a task on the sample HTTP executor, which calls back when it is done."""
    job = api.trigger("test_task", {"from": "the demo"})
    _expect(job, {"counted_to": 10, "payload": {"from": "the demo"}})
    _compare(job, "executor", "sample-executor:executor-001", job["executor"])
    _compare(job, "log", ["Counted to ten in attempt 1."], api.log(job["id"]))
    return f"{job['executor']} called back: counted to 10 in {job['execution_time']:.1f} s"


def flaky(api: Api) -> str:
    """Runs a job that fails at first."""
    job = api.submit("demo_flaky", {}, name="Fail once")
    _expect(job, {"attempts": 2})
    _compare(job, "attempt", 2, job["attempt"])
    return "failed once, was tried again, completed"


def broken(api: Api) -> str:
    """Runs a job that can't succeed."""
    job = api.submit("demo_broken", {}, name="Fail for good", max_attempts=2)
    _compare(job, "status", "failed", job["status"])
    _compare(job, "attempt", 2, job["attempt"])
    if FAILURE not in job["error"]["message"]:
        raise Wrong(job, what="error", expected=FAILURE, got=job["error"])
    return f"failed after 2 attempts: {job['error']['message']}"


def many(api: Api, advance: Callable[[int], None]) -> str:
    """Runs thousands of small jobs; `advance` is told how many more are done and right."""
    name = f"One of many {secrets.token_hex(4)}"
    jobs = [
        {"type": "add_numbers", "payload": {"a": number, "b": 1}, "name": name}
        for number in range(MANY)
    ]
    ids = api.submit_many(jobs)
    wanted = {job_id: {"sum": number + 1} for number, job_id in enumerate(ids)}
    ends = []
    for page in api.finished(name):
        for job in page:
            _expect(job, wanted.pop(job["id"]))
            ends.append(datetime.fromisoformat(job["completed_at"]))
            start = datetime.fromisoformat(job["created_at"])
        advance(len(page))
    _compare(None, "jobs that never came back", 0, len(wanted))
    seconds = (max(ends) - start).total_seconds()
    return f"{MANY:,} jobs in {seconds:.2f} s, {MANY / seconds:,.0f} a second"


def _make_picture() -> Any:
    """Sky, hills and grain: 4000 x 3000 pixels that compress like a photograph."""
    import numpy as np
    from PIL import Image

    height, width = 3000, 4000
    y, x = np.ogrid[0:height, 0:width]
    hills = height * (0.6 + 0.1 * np.sin(x / 300) + 0.05 * np.sin(x / 90))
    sky = y < hills
    grain = np.random.default_rng(SEED).integers(0, 24, (height, width, 1), dtype=np.uint8)
    picture: np.ndarray = np.empty((height, width, 3), dtype=np.uint8)
    for channel, (above, below) in enumerate(((90, 60), (140, 110), (210, 40))):
        picture[:, :, channel] = np.where(sky, above + y // 100, below + (x + y) // 200)
    return Image.fromarray(picture + grain)


def _expect(job: Job, result: object) -> None:
    _expect_completed(job)
    _compare(job, "result", result, job["result"])


def _expect_completed(job: Job) -> None:
    if job["status"] != "completed":
        got = f"{job['status']}, {job['error']}"
        raise Wrong(job, what=f"status of {job['type']}", expected="completed", got=got)


def _compare(job: Job | None, what: str, expected: object, got: object) -> None:
    if expected != got:
        raise Wrong(job, what=what, expected=expected, got=got)
