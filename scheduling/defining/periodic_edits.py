"""Which edits of a Task's PeriodicTask can be edits of the Task, and why others can't."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from jobs.errors import CeleriacError
from scheduling import cron
from scheduling.defining.timing import MARKER, Shown, timing
from scheduling.models import Task

SCHEDULES = ("crontab", "interval", "solar", "clocked")
ELSEWHERE = {
    "start_time": "A task's start is its start_at: edit the task.",
    "expires": "A task's end is its end_at: edit the task.",
    "expire_seconds": "A task has a misfire policy instead: edit the task.",
    "one_off": "A task that is to run once is triggered, without a schedule: edit the task.",
    "task": "What a task runs is its job type: edit the task.",
    "args": "What a task runs with is its payload: edit the task.",
    "kwargs": "What a task runs with is its payload: edit the task.",
    "queue": "Where a task's jobs run is decided by their needs: edit the task.",
    "exchange": "Where a task's jobs run is decided by their needs: edit the task.",
    "routing_key": "Where a task's jobs run is decided by their needs: edit the task.",
    "priority": "A task's priority goes from 0 to 9, higher first: edit the task.",
    "headers": "A task sends no message: there is nothing to put headers on.",
}
"""Fields of a PeriodicTask that mean nothing to a Task, and what does instead."""


def refusals(task: Task, changed: Mapping[str, Any]) -> dict[str, str]:
    """Why fields of the Task's PeriodicTask can't be changed to what they are changed to."""
    found = {field: ELSEWHERE[field] for field in changed if field in ELSEWHERE}
    schedules = [field for field in SCHEDULES if field in changed]
    if schedules and (reason := _schedule_refusal(task, changed)):
        found[schedules[0]] = reason
    return found


def is_marker(interval: Any) -> bool:
    """Whether an interval stands for schedules that only their tasks can show."""
    return interval is not None and (interval.every, interval.period) == MARKER


def _schedule_refusal(task: Task, changed: Mapping[str, Any]) -> str | None:
    if is_marker(task.periodic_task.interval):
        if task.cron_expression is None:
            return "This task has no schedule, it is only triggered: edit the task."
        return (
            f"Its schedule is {task.cron_expression!r}, which can't be shown here: edit the task."
        )
    if is_marker(changed.get("interval")):
        return "This interval stands for schedules that can't be shown here: choose another."
    try:
        _check(task, changed)
    except CeleriacError as error:
        return str(error)
    return None


def _check(task: Task, changed: Mapping[str, Any]) -> None:
    """Raises `CeleriacError` where beat could not follow the new schedule."""
    crontab, interval = changed.get("crontab"), changed.get("interval")
    if (
        crontab is None
        and interval is None
        and not (changed.get("solar") or changed.get("clocked"))
    ):
        return  # taken away alone: the form asks for one of them
    fields = crontab and [
        crontab.minute, crontab.hour, crontab.day_of_month, crontab.month_of_year,
        crontab.day_of_week,
    ]  # fmt: skip
    shown = Shown(
        crontab=fields,
        crontab_timezone=str(crontab.timezone) if crontab else None,
        every=interval and interval.every,
        period=interval and interval.period,
        other="sunrise and the like" if changed.get("solar") else "a single time",
    )
    found = timing(None, task.timezone, shown)
    if found.expression:
        cron.parse(found.expression, found.timezone, shortest=settings.CELERIAC["SHORTEST_TICK"])
