"""Beat's side of the benches: processes, tasks, and what was fired."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.celeriac import rows
from bench.stage import Stage, until
from config.embedded.process import GuardedProcess

OURS = "scheduling.beat.scheduler:Scheduler"
STOCK = "django_celery_beat.schedulers:DatabaseScheduler"


@contextmanager
def beat(stage: Stage, scheduler: str = OURS) -> Iterator[GuardedProcess]:
    """A beat, just started."""
    command = ("-m", "celery", "-A", "config", "beat", "--pidfile=", "-l", "WARNING")
    with stage.process(*command, "-S", scheduler) as process:
        yield process


def is_led_by(process: GuardedProcess) -> bool:
    """Whether this beat leads."""
    leading = "leader_since IS NOT NULL AND role = 'beat'"
    return rows(f"executors_process WHERE {leading} AND pid = {process.pid}") == 1


def stands_by(process: GuardedProcess) -> bool:
    """Whether this beat is there and does not lead."""
    return rows(f"executors_process WHERE pid = {process.pid}") == 1


def settle(what: str = "beat has looked at all tasks") -> None:
    """Waits until beat has worked out the first tick of every task."""
    until(lambda: rows("scheduling_nextrun WHERE changed_at IS NOT NULL") == 0, what, every=0.2)


def start_for(tasks: int) -> int:
    """A second of the epoch by which so many tasks can be stored and beat has looked at them."""
    return int(now()) + 15 + tasks // 500


def now() -> float:
    """The database's clock, in seconds since the epoch."""
    return float(value("SELECT date_part('epoch', clock_timestamp())"))


def value(statement: str) -> Any:
    """The first column of the first row."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def wait_for(moment: float) -> None:
    """Waits for a time of the database's clock."""
    while (left := moment - now()) > 0:
        time.sleep(min(left, 1.0))


def percentile(values: list[float], share: float) -> float:
    """The value that a share (0 to 1) of them keeps within."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else float("nan")
