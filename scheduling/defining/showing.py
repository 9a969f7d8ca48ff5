"""How a schedule is written into a PeriodicTask, where django-celery-beat can show it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Manager, Model
from django_celery_beat.models import CrontabSchedule, IntervalSchedule

from scheduling import cron
from scheduling.cron import Kind, Schedule
from scheduling.defining.timing import MARKER, Shown, Timing, timing
from scheduling.models import Task

LONGEST = {
    "minute": 240,
    "hour": 96,
    "day_of_month": 124,
    "month_of_year": 64,
    "day_of_week": 64,
}
"""Characters that each column takes, in the order of the fields of an expression."""
PERIODS = {
    "days": timedelta(days=1),
    "hours": timedelta(hours=1),
    "minutes": timedelta(minutes=1),
    "seconds": timedelta(seconds=1),
}


def columns(expression: str | None, timezone: str) -> dict[str, Any] | None:
    """The PeriodicTask's columns that show a schedule, None if none can.

    Raises `InvalidSchedule`.
    """
    if expression is None:
        return None
    schedule = cron.parse(expression, timezone)
    if schedule.five_fields and _fits(schedule.five_fields):
        values = dict(zip(LONGEST, schedule.five_fields, strict=True))
        return {"crontab": _row(CrontabSchedule.objects, timezone=timezone, **values)}
    if schedule.kind == Kind.EVERY and (interval := _interval(schedule)):
        every, period = interval
        return {"interval": _row(IntervalSchedule.objects, every=every, period=period)}
    return None


def marker() -> dict[str, Any]:
    """The PeriodicTask's columns that show no schedule."""
    every, period = MARKER
    return {"interval": _row(IntervalSchedule.objects, every=every, period=period)}


def read(task: Task) -> Timing:
    """A Task's schedule, from wherever it is written; raises `UnknownSchedule`."""
    periodic = task.periodic_task
    if (crontab := periodic.crontab) is not None:
        fields = [getattr(crontab, name) for name in LONGEST]
        shown = Shown(crontab=fields, crontab_timezone=str(crontab.timezone))
    elif (interval := periodic.interval) is not None:
        shown = Shown(every=interval.every, period=interval.period)
    else:
        shown = Shown(other="solar" if periodic.solar_id else "clocked")
    return timing(task.cron_expression, task.timezone, shown)


def _fits(fields: tuple[str, ...]) -> bool:
    return all(len(text) <= LONGEST[name] for name, text in zip(LONGEST, fields, strict=True))


def _interval(schedule: Schedule) -> tuple[int, str] | None:
    """The rate in the largest unit that it is a whole number of."""
    period = timedelta(seconds=schedule.spacing)
    for name, unit in PERIODS.items():
        if not period % unit and (found := (period // unit, name)) != MARKER:
            return found
    return None


def _row(rows: Manager[Any], **values: Any) -> Model:
    """The oldest row with these values, or a new one. Nothing forbids several that are alike."""
    found: Model = rows.filter(**values).order_by("pk").first() or rows.create(**values)
    return found
