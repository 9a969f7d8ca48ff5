"""Writes tasks together with the PeriodicTasks that they own."""

from __future__ import annotations

import json
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django_celery_beat.models import PeriodicTask

from scheduling.defining import showing
from scheduling.errors import NameTaken
from scheduling.models import Task

TRIGGER = "celeriac.trigger"
"""The Celery task that a Task's PeriodicTask names, so that the admin can run it by hand."""


def save(
    task: Task,
    *,
    name: str,
    expression: str | None,
    timezone: str = "UTC",
    description: str = "",
    enabled: bool = True,
) -> None:
    """Stores a new Task or a changed one; beat learns of it by itself after the commit.

    `expression` is None for a Task that is only triggered. Raises `InvalidSchedule`, `NameTaken`.
    """
    shown = showing.columns(expression, timezone)
    # A crontab has a time zone of its own, and what is written there is written nowhere else.
    task.cron_expression = expression if shown is None else None
    task.timezone = None if shown and "crontab" in shown else timezone
    periodic = task.periodic_task if task.periodic_task_id else PeriodicTask(task=TRIGGER)
    periodic.crontab = periodic.interval = periodic.solar = periodic.clocked = None
    for column, row in (shown or showing.marker()).items():
        setattr(periodic, column, row)
    periodic.name, periodic.description, periodic.enabled = name, description, enabled
    periodic.args = json.dumps([str(task.id)])
    # Only the stock scheduler reads the row that every save would change, one after another.
    periodic.no_changes = True
    try:
        with transaction.atomic():
            periodic.save()
            task.periodic_task = periodic
            task.save()
    except (ValidationError, IntegrityError) as error:
        if PeriodicTask.objects.filter(name=name).exclude(pk=periodic.pk).exists():
            raise NameTaken(name=name) from error
        raise


def set_enabled(ids: Iterable[str], enabled: bool) -> int:
    """Starts or ends the ticks of tasks; how many changed."""
    found = PeriodicTask.objects.filter(celeriac_task__in=list(ids)).exclude(enabled=enabled)
    # A subquery with a join can't be updated in place.
    return int(PeriodicTask.objects.filter(pk__in=found.values("pk")).update(enabled=enabled))


def delete(ids: Iterable[str]) -> int:
    """Removes tasks, but none of their jobs; how many."""
    _, removed = PeriodicTask.objects.filter(celeriac_task__in=list(ids)).delete()
    return int(removed.get("scheduling.Task", 0))
