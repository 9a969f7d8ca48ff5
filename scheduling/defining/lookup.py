"""Finds tasks and calendars by what people call them: a name or an id, which goes first."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django_celery_beat.models import PeriodicTask

from jobs.ids import is_uuid
from scheduling import calendars
from scheduling.defining import chains
from scheduling.defining.reading import Context
from scheduling.errors import CalendarNotFound, TaskNotFound
from scheduling.firing import read_clock
from scheduling.models import Calendar, Task


def find_task(name_or_id: str) -> str | None:
    """The id of a task, or None."""
    return _find(Task.objects.all(), "periodic_task__name", name_or_id)


def task_id(name_or_id: str) -> str:
    """The id of a task; raises `TaskNotFound`."""
    found = find_task(name_or_id)
    if found is None:
        raise TaskNotFound(id=name_or_id)
    return found


def calendar_id(name_or_id: str) -> str:
    """The id of a calendar; raises `CalendarNotFound`."""
    found = _find(Calendar.objects.all(), "name", name_or_id)
    if found is None:
        raise CalendarNotFound(id=name_or_id)
    return found


def find_calendar(name_or_id: str) -> tuple[Calendar, calendars.Calendar] | None:
    """The row of a calendar and its value, or None."""
    found = _find(Calendar.objects.all(), "name", name_or_id)
    if found is None:
        return None
    row = Calendar.objects.get(pk=found)
    return row, value_of(row)


def value_of(row: Calendar) -> calendars.Calendar:
    """What the row of a calendar says."""
    return calendars.load(row.mode, row.timezone, row.rules)


def context_for_task(task: Task | None = None) -> Context:
    """What a check of a task needs: a new one, or an existing one that is edited."""
    others = PeriodicTask.objects.all()
    if task is not None:
        others = others.exclude(pk=task.periodic_task_id)
    return _context(
        name_taken=lambda name: others.filter(name=name).exists(),
        anchor=task.created_at if task else None,
        find_circle=partial(chains.circle, str(task.pk)) if task else lambda _: None,
    )


def context_for_calendar(row: Calendar | None = None) -> Context:
    """The same for a calendar."""
    others = Calendar.objects.exclude(pk=row.pk) if row else Calendar.objects.all()
    return _context(name_taken=lambda name: others.filter(name=name).exists())


def _context(**known: object) -> Context:
    # Whether a tick is due is for the database's clock to say, so a preview looks at that one.
    with connection.cursor() as cursor:
        now = read_clock(cursor)
    return Context(now=now, find_calendar=find_calendar, find_task=find_task, **known)  # type: ignore[arg-type]


def _find(rows: QuerySet[Any], name_field: str, name_or_id: str) -> str | None:
    if "\0" in name_or_id:
        return None
    ids = rows.order_by("pk").values_list("pk", flat=True)
    found = ids.filter(pk=UUID(name_or_id)).first() if is_uuid(name_or_id) else None
    found = found or ids.filter(**{name_field: name_or_id}).first()
    return str(found) if found else None
