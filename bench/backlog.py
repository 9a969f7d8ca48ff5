"""Whether a long queue slows the dispatcher: 10,000 queued jobs against 1,000,000.

    python -m bench.backlog [--short 10000] [--long 1000000] [--seconds 10] [--runs 3]

Counts no-op jobs completed in `--seconds` while the queue is that long, and the dispatcher's
memory before and after.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psutil

from bench import celeriac, report
from bench.celeriac import execute
from bench.stage import Stage, stage, until


def main() -> None:
    """Both lengths in turns, on the same servers."""
    options = report.parser(__doc__.splitlines()[0])
    options.add_argument("--short", type=int, default=10_000)
    options.add_argument("--long", type=int, default=1_000_000)
    options.add_argument("--seconds", type=float, default=10.0)
    arguments = options.parse_args()
    lengths = (arguments.short, arguments.long)
    taken: dict[int, list[tuple[float, float, float]]] = {length: [] for length in lengths}
    with stage() as the_stage:
        for _ in range(arguments.runs):
            for length in lengths:
                taken[length].append(_measure(the_stage, length, arguments.seconds))
    _show(taken, arguments)


def _measure(stage: Stage, length: int, seconds: float) -> tuple[float, float, float]:
    """Jobs a second, and the dispatcher's megabytes before and after."""
    with celeriac.platform(stage):
        celeriac.submit("noop", 200)
        until(celeriac.all_done, "the warm-up is done")
        execute("UPDATE executors_executor SET status = 'draining'")
        celeriac.submit("noop", length)
        execute("VACUUM ANALYZE jobs_job")
        dispatcher = _dispatcher()
        before = dispatcher.memory_info().rss / 1e6
        execute("UPDATE executors_executor SET status = 'online'; NOTIFY celeriac_work")
        rate = _rate(lambda: celeriac.rows("jobs_job WHERE completed_at IS NOT NULL"), seconds)
        after = dispatcher.memory_info().rss / 1e6
        execute("UPDATE executors_executor SET status = 'draining'")
    celeriac.clear()
    return rate, before, after


def _rate(completed: Callable[[], int], seconds: float) -> float:
    """Jobs a second, until `seconds` are over or the short queue is empty."""
    start, began = completed(), time.monotonic()
    done, took = start, 0.0
    while took < seconds and not celeriac.all_done():
        time.sleep(0.2)
        done, took = completed(), time.monotonic() - began
    return (done - start) / took


def _dispatcher() -> psutil.Process:
    return next(
        process
        for process in psutil.Process().children(recursive=True)
        if process.cmdline()[1:] == ["-m", "django", "dispatcher"]
    )


def _show(taken: dict[int, list[tuple[float, float, float]]], options: Any) -> None:
    rates = {length: report.median([run[0] for run in runs]) for length, runs in taken.items()}
    rows = [
        (
            f"{length:,}",
            rates[length],
            rates[length] / rates[options.short],
            report.median([run[1] for run in runs]),
            report.median([run[2] for run in runs]),
        )
        for length, runs in taken.items()
    ]
    columns = ("queued", "jobs/s", "of the short queue's", "MB before", "MB after")
    report.show("Dispatch rate and memory by length of the queue", columns, rows, options.json)


if __name__ == "__main__":
    main()
