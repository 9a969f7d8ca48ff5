"""Many daily tasks and a few busy ones, beside django-celery-beat's own scheduler."""

from __future__ import annotations

import argparse
import time
from typing import Any

import psutil

from bench import beats, idle_rows, report
from bench.idle_rows import Messages, Rows
from bench.stage import Stage, stage, until

TASKS = 100_000
SECONDS = 30
BUSY = 100
CATCH_UP = 3
"""Seconds after the first tick before lateness counts."""

COLUMNS = (
    "side", "first tick, s", "MB", "ticks", "of", "lateness p50, ms", "p99, ms", "an edit fires, s",
)  # fmt: skip


def run(arguments: argparse.Namespace) -> None:
    """Measures Celeriac's tasks, then users' own PeriodicTasks under both schedulers."""
    shown = []
    with stage() as the_stage:
        idle_rows.make_tasks(arguments.tasks, arguments.busy)
        _settle(the_stage)
        shown.append(["Celeriac's tasks", *_measure(the_stage, arguments, Rows())])
        idle_rows.make_own(arguments.tasks, arguments.busy)
        _settle(the_stage)
        for side, scheduler in (("Celeriac's", beats.OURS), ("django-celery-beat's", beats.STOCK)):
            with Messages(the_stage) as messages:
                figures = _measure(the_stage, arguments, messages, scheduler)
            shown.append([f"PeriodicTasks, {side} scheduler", *figures])
    title = f"{arguments.tasks:,} daily tasks, {arguments.busy} that tick every second"
    report.show(title, COLUMNS, shown, arguments.json)


def _settle(stage: Stage) -> None:
    """Has a beat look at every new schedule once; the one that is measured comes after it."""
    with beats.beat(stage):
        beats.settle()
    idle_rows.analyze()


def _measure(
    stage: Stage, arguments: argparse.Namespace, seen: Rows | Messages, scheduler: str = beats.OURS
) -> list[Any]:
    idle_rows.set_last_runs()
    seen.forget()
    began = time.monotonic()
    with beats.beat(stage, scheduler) as process:
        first = until(lambda: seen.count() > 0, "the first tick") - began
        # The first ticks of all are those that were due while nothing ran.
        beats.wait_for(beats.now() + CATCH_UP)
        seen.forget()
        beats.wait_for(beats.now() + arguments.seconds)
        late = seen.lateness()
        memory = psutil.Process(process.pid).memory_info().rss / 1e6
        idle_rows.enable_edited()
        edited = time.monotonic()
        edit = until(seen.has_edited, "the edit fires") - edited
    expected = arguments.seconds * arguments.busy
    shares = (beats.percentile(late, 0.5) * 1000, beats.percentile(late, 0.99) * 1000)
    return [first, memory, len(late), expected, *shares, edit]
