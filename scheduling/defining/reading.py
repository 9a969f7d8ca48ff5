"""Requests about tasks and calendars, checked: all that is wrong is said at once, by field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NoReturn

from django.conf import settings
from pydantic import ValidationError

from jobs.invalid import ErrorList, refuse
from jobs.job_types.external import EXTERNAL
from jobs.reading import payload_text, validate
from scheduling import calendars, cron
from scheduling.calendars import Calendar
from scheduling.cron import InvalidSchedule, Schedule
from scheduling.defining.requests import (
    CalendarRequest,
    PreviewRequest,
    ScheduleRequest,
    TaskRequest,
)
from scheduling.errors import CyclicChain, NameTaken
from scheduling.misfire import Rules, first

NAME_IS_TAKEN = "The name {!r} is taken: choose another one."

LINKS = ("on_success", "on_failure")
"""Fields of a task that name another one."""

FindCalendar = Callable[[str], tuple[Any, Calendar] | None]
"""From a name or an id to the row of a calendar and its value."""


@dataclass(frozen=True, slots=True)
class Plan:
    """When something fires: `schedule` is None if it never does, `calendar` a row or None.

    `on_success` and `on_failure` are ids of tasks.
    """

    schedule: Schedule | None
    rules: Rules
    calendar: Any = None
    on_success: str | None = None
    on_failure: str | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What a check needs to know of the world. `name_taken` tells of a name if it is in use."""

    now: datetime
    find_calendar: FindCalendar
    find_task: Callable[[str], str | None]
    find_circle: Callable[[str], str | None] = lambda _: None
    """From the id of a task to trigger to the names of those that would go round in a circle."""
    name_taken: Callable[[str], bool] = lambda _: False
    anchor: datetime | None = None
    """Where a fixed rate counts from if there is no `start_at`; by default, now."""


def read_task(
    value: object, context: Context, *, payload_is_new: bool = True
) -> tuple[TaskRequest, Plan]:
    """A whole task; raises `InvalidRequest`.

    Where `payload_is_new` is False, a payload that stopped fitting its type is let through.
    """
    errors = ErrorList()
    value = as_external(value)
    request = validate(TaskRequest, value, (), errors)
    if payload_is_new:
        payload_text(value, ("payload",), errors)
    plan = _read_plan(value, context, errors)
    links = {name: _find_task(name, value, context, errors) for name in LINKS}
    _check_name(value, context, errors)
    errors.check()
    assert request is not None
    assert plan is not None
    return request, replace(plan, on_success=links["on_success"], on_failure=links["on_failure"])


def read_preview(value: object, context: Context) -> tuple[PreviewRequest, Plan]:
    """A schedule that is not saved; raises `InvalidRequest`."""
    errors = ErrorList()
    request = validate(PreviewRequest, value, (), errors)
    plan = _read_plan(value, context, errors)
    errors.check()
    assert request is not None
    assert plan is not None
    return request, plan


def read_calendar(value: object, context: Context) -> tuple[CalendarRequest, Calendar]:
    """A whole calendar; raises `InvalidRequest`."""
    errors = ErrorList()
    request = validate(CalendarRequest, value, (), errors)
    calendar = _calendar(request, context.now, errors) if request else None
    _check_name(value, context, errors)
    errors.check()
    assert request is not None
    assert calendar is not None
    return request, calendar


def rules_of(request: Any, calendar: Calendar | None) -> Rules:
    """The rules for ticks in a request or in a task's row."""
    return Rules(
        start_at=request.start_at,
        end_at=request.end_at,
        calendar=calendar,
        calendar_policy=request.calendar_policy,
    )


def _read_plan(value: object, context: Context, errors: ErrorList) -> Plan | None:
    """The plan in a request; what can be checked is, even where other fields are wrong."""
    if not isinstance(value, Mapping):
        return None
    fields = {name: value[name] for name in ScheduleRequest.model_fields if name in value}
    try:
        request = ScheduleRequest.model_validate(fields)
    except ValidationError:
        return None  # which was said already
    row, calendar = _find_calendar(request.calendar, context, errors)
    rules = rules_of(request, calendar)
    schedule = _parse(request, context, errors)
    if rules.start_at and rules.end_at and rules.end_at <= rules.start_at:
        errors.add(["end_at"], "end_before_start", "This is not after start_at: move one of them.")
    elif schedule:
        _check_fires(schedule, rules, context.now, errors)
    return Plan(schedule, rules, row)


def _parse(request: ScheduleRequest, context: Context, errors: ErrorList) -> Schedule | None:
    try:
        if request.cron_expression is None:
            cron.find_zone(request.timezone)
            return None
        return cron.parse(
            request.cron_expression,
            request.timezone,
            anchor=request.start_at or context.anchor or context.now,
            shortest=settings.CELERIAC["SHORTEST_TICK"],
        )
    except InvalidSchedule as error:
        errors.add([error.field], error.code, str(error))
        return None


def _find_calendar(
    name: str | None, context: Context, errors: ErrorList
) -> tuple[Any, Calendar | None]:
    if name is None:
        return None, None
    if found := context.find_calendar(name):
        return found
    message = f"There is no calendar {name!r}: GET /api/v1/calendars lists those there are."
    errors.add(["calendar"], "calendar_not_found", message)
    return None, None


def _find_task(field: str, value: object, context: Context, errors: ErrorList) -> str | None:
    """The id of the task that a field names."""
    name = value.get(field) if isinstance(value, Mapping) else None
    if not isinstance(name, str) or not name or "\0" in name:
        return None  # which was said already
    found = context.find_task(name)
    if found is None:
        message = f"There is no task {name!r}: GET /api/v1/tasks lists those there are."
        errors.add([field], "task_not_found", message)
    elif circle := context.find_circle(found):
        errors.add([field], CyclicChain.code, str(CyclicChain(names=circle)))
    return found


def _check_fires(schedule: Schedule, rules: Rules, now: datetime, errors: ErrorList) -> None:
    """Refuses a schedule without a tick; one that is over may be saved as it is."""
    if rules.end_at and rules.end_at <= now:
        return
    if first(schedule, now, rules) is not None:
        return
    if first(schedule, now, Rules(start_at=rules.start_at, end_at=rules.end_at)) is None:
        message = "There is no tick before then: move it, or change the schedule."
        errors.add(["end_at"], "never_fires", message)
    else:
        message = "This calendar excludes every tick: change its rules or the schedule."
        errors.add(["calendar"], "never_fires", message)


def _check_name(value: object, context: Context, errors: ErrorList) -> None:
    name = value.get("name") if isinstance(value, Mapping) else None
    if isinstance(name, str) and "\0" not in name and context.name_taken(name):
        errors.add(["name"], NameTaken.code, NAME_IS_TAKEN.format(name))


def refuse_name(name: str) -> NoReturn:
    """For a name that somebody took between the check and the writing; raises InvalidRequest."""
    refuse(["name"], NameTaken.code, NAME_IS_TAKEN.format(name))


def as_external(value: object) -> object:
    """A body without a type is that of an external task, and one of those needs no payload."""
    if not isinstance(value, dict):
        return value
    named = {"type": EXTERNAL} | value
    return {"payload": None} | named if named["type"] == EXTERNAL else named


def _calendar(request: CalendarRequest, now: datetime, errors: ErrorList) -> Calendar | None:
    rules = [rule.model_dump() for rule in request.rules]
    try:
        calendar = calendars.load(request.mode, request.timezone, rules)
    except InvalidSchedule as error:
        errors.add([error.field], error.code, str(error))
        return None
    if calendar.end_of_exclusion(now) is None:
        message = "These rules allow no time in the next five years, so nothing would ever run."
        errors.add(["rules"], "never_allows", message)
    return calendar
