"""How fast two slots drain a queue: Celeriac against plain Celery, on the same servers.

    python -m bench.throughput [--jobs 20000] [--work 4000] [--runs 3] [--json FILE]

All of it, servers and processes, shares this machine's cores.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from typing import Any

from bench import celeriac, plain_side, report
from bench.stage import Stage, stage, until

BURN = 0.001
SLOTS = 2


def main() -> None:
    """Measures every side `--runs` times, in turns."""
    options = report.parser(__doc__.splitlines()[0])
    options.add_argument("--jobs", type=int, default=20_000, help="no-op jobs")
    options.add_argument("--work", type=int, default=4_000, help="jobs of 1 ms CPU")
    options.add_argument("--plain-jobs", type=int, default=3_000, help="for the slower sides")
    arguments = options.parse_args()
    taken: dict[str, list[tuple[float, float]]] = {}
    with stage() as the_stage:
        for _ in range(arguments.runs):
            for name, side in _sides(arguments).items():
                noop, burn = side(the_stage)
                taken.setdefault(name, []).append((noop, burn))
                print(f"{name:45} {noop:10,.0f} no-op/s {burn:10,.0f} 1 ms/s", flush=True)
    _show(taken, arguments)


def _sides(options: Any) -> dict[str, Callable[[Stage], tuple[float, float]]]:
    few = options.plain_jobs
    return {
        "bare loop, two processes": lambda _: (0.0, _bare(options.work)),
        "Celery, Redis backend": lambda s: _plain(s, few, few, backend="redis"),
        "Celery + django-celery-results, as installed": lambda s: _plain(s, few // 4, few // 4),
        "Celery + django-celery-results, reuse": lambda s: _plain(s, few, few, reuse="1"),
        "Celeriac, leases of 50 ms": lambda s: _celeriac(s, options, "0.05"),
        "Celeriac, leases of 200 ms": lambda s: _celeriac(s, options, "0.2"),
    }


def _celeriac(stage: Stage, options: Any, lease_seconds: str) -> tuple[float, float]:
    with celeriac.platform(stage, slots=SLOTS, LEASE_SECONDS=lease_seconds):
        noop = options.jobs / celeriac.drain("noop", options.jobs)
        burn = options.work / celeriac.drain("burn", options.work, f'{{"seconds": {BURN}}}')
    return noop, burn


def _bare(count: int) -> float:
    """Jobs a second of two processes that do nothing but the work."""
    with multiprocessing.Pool(SLOTS) as pool:
        pool.map(_burn_many, [10] * SLOTS)
        began = time.monotonic()
        pool.map(_burn_many, [count // SLOTS] * SLOTS)
        return count / (time.monotonic() - began)


def _burn_many(count: int) -> None:
    for _ in range(count):
        end = time.thread_time() + BURN
        while time.thread_time() < end:
            pass


def _plain(
    stage: Stage, noops: int, burns: int, *, backend: str = "django-db", reuse: str = ""
) -> tuple[float, float]:
    with plain_side.worker(stage, slots=SLOTS, backend=backend, reuse=reuse) as (app, count):
        noop = noops / _plain_drain(app, count, "noop", noops)
        burn = burns / _plain_drain(app, count, "burn", burns, BURN)
    return noop, burn


def _plain_drain(app: Any, count: Any, name: str, jobs: int, *arguments: float) -> float:
    """Fills the queue while the worker does not consume, lets it, and times it to the end."""
    before = count()
    task = app.tasks[f"bench.plain.{name}"]
    for _ in range(50):
        task.delay(*arguments)
    until(lambda: count() >= before + 50, "the warm-up is done")
    app.control.cancel_consumer("celery", reply=True)
    with app.producer_pool.acquire(block=True) as producer, producer.batch():
        for _ in range(jobs):
            task.apply_async(arguments, producer=producer)
    began = time.monotonic()
    app.control.add_consumer("celery")
    return until(lambda: count() >= before + 50 + jobs, "all results are there") - began


def _show(taken: dict[str, list[tuple[float, float]]], options: Any) -> None:
    medians = {
        name: (report.median([n for n, _ in runs]), report.median([b for _, b in runs]))
        for name, runs in taken.items()
    }
    plain = medians["Celery, Redis backend"][0]
    ideal = medians["bare loop, two processes"][1]
    rows = [
        (name, noop, noop / plain, burn, 100 * burn / ideal)
        for name, (noop, burn) in medians.items()
    ]
    columns = ("side", "no-op jobs/s", "times plain", "1 ms jobs/s", "% of bare loop")
    title = f"{options.jobs:,} no-op and {options.work:,} 1 ms jobs, two slots, medians"
    report.show(title, columns, rows, options.json)


if __name__ == "__main__":
    main()
