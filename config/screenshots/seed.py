"""Something to be seen on the pages: tasks, jobs that ran, jobs that run and some that fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.demo import exhibits
from config.demo.client import Api, Job

POINTS = 30_000_000
"""Points of `monte_carlo_pi` that take a second or some."""
BUSY = 8.0
"""Seconds that a job of the sweep keeps a slot busy, about."""
SWEEP = 250
"""Jobs of it: enough for some minutes."""
TASKS: tuple[dict[str, Any], ...] = (
    {
        "name": "Sum the sensors",
        "cron_expression": "*/5 * * * * *",
        "type": "large_array_sum",
        "payload": {"array": [20.5, 21.25, 19.75, 20.0]},
        "description": "Adds up what the sensors in the greenhouse said.",
    },
    {
        "name": "Estimate pi",
        "cron_expression": "*/4 * * * * *",
        "type": "monte_carlo_pi",
        "payload": {"samples": POINTS, "seed": 7},
        "execution_mode": "skip",
    },
    {
        "name": "Estimate pi in chunks",
        "cron_expression": "*/10 * * * * *",
        "type": "monte_carlo_pi",
        "payload": {"samples": 2 * POINTS, "seed": 11},
        "thread_demand": 3,
        "chunks": 6,
        "execution_mode": "sequential",
    },
    {
        "name": "Count words",
        "cron_expression": "* * * * * *",
        "type": "word_count",
        "payload": {"text": "the quick brown fox"},
    },
    {
        "name": "Flaky import",
        "cron_expression": "*/6 * * * * *",
        "type": "demo_flaky",
        "payload": {},
    },
    {
        "name": "Broken export",
        "cron_expression": "*/8 * * * * *",
        "type": "demo_broken",
        "payload": {},
        "max_attempts": 1,
        "pause_after_failures": 1000,
    },
    {
        "name": "Nightly report",
        "cron_expression": "30 2 * * *",
        "timezone": "Europe/Berlin",
        "type": "word_count",
        "payload": {"text": "What the day was like."},
    },
    {
        "name": "Weekly invoices",
        "cron_expression": "0 6 * * 1",
        "timezone": "Europe/Berlin",
        "type": "reverse_string",
        "payload": {"text": "invoices"},
    },
    {
        "name": "Clean up by hand",
        "type": "add_numbers",
        "payload": {"a": 1, "b": 2},
    },
    {
        "name": "Old mirror",
        "cron_expression": "*/15 * * * *",
        "type": "add_numbers",
        "payload": {"a": 1, "b": 2},
        "enabled": False,
    },
    *(
        {
            "name": f"Shop {number}: stock",
            "cron_expression": f"{minute} */{hours} * * *",
            "type": "word_count",
            "payload": {"text": "apples and pears"},
        }
        for number, (minute, hours) in enumerate(
            [(0, 1), (0, 1), (0, 2), (15, 1), (30, 3), (0, 6), (45, 4), (0, 1)], start=1
        )
    ),
)


@dataclass(frozen=True)
class Seeded:
    """Ids of what the pages of one thing show."""

    chunked_job: str
    failed_job: str
    task: str
    executor: str


@contextmanager
def seeded(api: Api, folder: Path) -> Iterator[Seeded]:
    """A busy platform as long as the block lasts: its tasks go on making jobs."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        tasks = {body["name"]: stack.enter_context(api.task(body)) for body in TASKS}
        exhibits.add_numbers(api)
        exhibits.resize_image(api, folder)
        exhibits.large_array_sum(api, folder)
        failed = api.submit("demo_broken", {}, name="Import of orders", max_attempts=2)
        chunked = api.submit(
            "monte_carlo_pi",
            {"samples": 4 * POINTS, "seed": 3},
            name="Estimate pi closely",
            thread_demand=4,
            chunks=8,
            priority=9,
        )
        # Ticks of half a minute, for the lists, the charts and the timeline.
        api.jobs_of(tasks["Sum the sensors"]["id"], 6)
        api.submit_many(_sweep(chunked))
        yield Seeded(
            chunked_job=chunked["id"],
            failed_job=failed["id"],
            task=tasks["Estimate pi in chunks"]["id"],
            executor=_executor(api, chunked["id"]),
        )


def _sweep(measured: Job) -> list[dict[str, Any]]:
    """More than there are slots for, as long as the pictures take, on a machine of any speed."""
    threads = int(measured["thread_demand"])
    points = measured["payload"]["samples"] / threads / measured["execution_time"] * BUSY
    return [
        {
            "type": "monte_carlo_pi",
            "payload": {"samples": int(points * (0.4 + number % 5 / 4)), "seed": number},
            "name": f"Sweep {number}",
            "priority": 2 + number % 3,
        }
        for number in range(SWEEP)
    ]


def _executor(api: Api, job_id: str) -> str:
    """The id of an executor that ran a part of the job."""
    name = api.executions(job_id)[0]["executor"]
    return next(str(one["id"]) for one in api.executors() if one["name"] == name)
