"""Tasks for tests, and what became of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django_celery_beat.models import PeriodicTask

from scheduling.defining import definitions
from scheduling.models import NextRun, Task


def make_task(name: str = "it", expression: str | None = "* * * * * *", **fields: Any) -> Task:
    """A stored task, whose schedule beat has still to look at."""
    about = {
        key: fields.pop(key) for key in ("timezone", "description", "enabled") if key in fields
    }
    task = Task(**({"type": "noop", "payload": {}} | fields))
    definitions.save(task, name=name, expression=expression, **about)
    return Task.objects.get(pk=task.pk)


def next_run(task: Task | PeriodicTask) -> NextRun:
    """What is known of its next tick."""
    periodic_task_id = task.periodic_task_id if isinstance(task, Task) else task.pk
    return NextRun.objects.get(pk=periodic_task_id)


def set_due(task: Task | PeriodicTask, at: datetime) -> None:
    """As if this were the first tick not yet fired."""
    pk = next_run(task).pk
    NextRun.objects.filter(pk=pk).update(at=at, changed_at=None, awaited_job_id=None)


def seconds(number: float) -> timedelta:
    """A span."""
    return timedelta(seconds=number)
