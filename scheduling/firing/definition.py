"""What firing needs to know of a task, as two texts that thousands of tasks may share.

Postgres puts the columns together, and what is worked out of a text is kept for the next tick
that has the same one: reading, parsing and comparing columns for each of ten thousand rows would
take longer than making their jobs.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from django.conf import settings
from pydantic import ValidationError

from jobs import labels, retry, types
from jobs.errors import CeleriacError
from jobs.job_types.external import EXTERNAL
from jobs.submission import NewJob
from jobs.wishes import LoadBalanceStrategy, OnShortage, Placing
from scheduling import calendars, cron
from scheduling.calendars import Calendar
from scheduling.choices import CalendarPolicy, MisfirePolicy
from scheduling.cron import Schedule
from scheduling.defining.timing import Shown, timing
from scheduling.misfire import Rules

KEPT = 16_384
"""Texts whose meaning is kept."""

TIMETABLE = """
    json_build_array(
        task.cron_expression, task.timezone,
        CASE WHEN crontab.id IS NOT NULL THEN json_build_array(
            crontab.minute, crontab.hour, crontab.day_of_month, crontab.month_of_year,
            crontab.day_of_week, crontab.timezone) END,
        interval.every, interval.period, periodic.solar_id IS NOT NULL,
        -- Only a fixed rate counts from somewhere; for others it would tell like tasks apart.
        CASE WHEN crontab.id IS NULL AND COALESCE(task.cron_expression, '@') LIKE '@%'
             THEN COALESCE(task.start_at, task.created_at) END,
        task.misfire_policy, task.misfire_grace, task.misfire_limit, task.start_at, task.end_at,
        calendar.mode, calendar.timezone, calendar.rules, task.calendar_policy
    )::text
"""
NEEDED = f"""
    task.requires || CASE
        WHEN task.executor_group IS NOT NULL
        THEN jsonb_build_object('group', task.executor_group)
        WHEN task.type = '{EXTERNAL}'
        THEN jsonb_build_object('{labels.LINK}' || task.id, '{labels.LINKED}')
        ELSE '{{}}'::jsonb END
"""
"""The labels that a task's jobs require: an external one's lead to its group, or its links."""
WORK = f"""
    json_build_array(
        task.type, task.thread_demand, task.chunks, task.placement, task.on_shortage,
        {NEEDED}, task.max_attempts, task.timeout, task.retry_policy,
        task.load_balance_strategy,
        -- Only jobs that may prefer an executor are told apart by their tasks.
        CASE WHEN task.load_balance_strategy IN ('sticky', 'consistent_hash', 'failover')
             THEN task.id END
    )::text
"""
REQUIRES = 5
"""Where the labels are in a WORK."""
JOINS = """
    JOIN django_celery_beat_periodictask periodic ON periodic.id = run.periodic_task_id
    LEFT JOIN scheduling_task task ON task.periodic_task_id = periodic.id
    LEFT JOIN django_celery_beat_crontabschedule crontab ON crontab.id = periodic.crontab_id
    LEFT JOIN django_celery_beat_intervalschedule interval ON interval.id = periodic.interval_id
    LEFT JOIN scheduling_calendar calendar ON calendar.id = task.calendar_id
"""


@dataclass(frozen=True, slots=True)
class Timetable:
    """When a task fires; `schedule` is None if it is only triggered."""

    schedule: Schedule | None
    rules: Rules


@dataclass(frozen=True, slots=True)
class Work:
    """What its jobs are like. `schema` is the digest of the payload's schema."""

    placement_class: str
    max_attempts: int
    timeout: float | None
    schema: str | None


NO_WORK = Work("-", 1, None, None)
"""Of a task whose type is not known: its jobs are born failed."""


class UnreadableCalendar(CeleriacError):
    """Its calendar can't be read: {reason}"""

    code = "unreadable_calendar"


@lru_cache(KEPT)
def read_timetable(text: str) -> Timetable:
    """What a TIMETABLE says; raises `CeleriacError` if it can't be followed."""
    (
        expression, timezone, crontab, every, period, solar, anchor,
        policy, grace, limit, start_at, end_at, mode, calendar_zone, calendar_rules, on_excluded,
    ) = json.loads(text)  # fmt: skip
    shown = Shown(
        crontab=crontab and crontab[:5],
        crontab_timezone=crontab and crontab[5],
        every=every,
        period=period,
        other="solar" if solar else "clocked",
    )
    found = timing(expression, timezone, shown)
    rules = Rules(
        policy=MisfirePolicy(policy),
        grace=settings.CELERIAC["MISFIRE_GRACE"] if grace is None else grace,
        limit=limit,
        start_at=_moment(start_at),
        end_at=_moment(end_at),
        calendar=_calendar(mode, calendar_zone, calendar_rules) if mode else None,
        calendar_policy=CalendarPolicy(on_excluded),
    )
    if found.expression is None:
        return Timetable(None, rules)
    counted_from = {"anchor": moment} if (moment := _moment(anchor)) else {}
    schedule = cron.parse(
        found.expression,
        found.timezone,
        shortest=settings.CELERIAC["SHORTEST_TICK"],
        **counted_from,
    )
    return Timetable(schedule, rules)


@lru_cache(KEPT)
def read_work(text: str) -> Work:
    """What a WORK says; raises `UnknownJobType`."""
    (
        name, demand, chunks, placement, on_shortage, requires, max_attempts, timeout, policy,
        strategy, task_id,
    ) = json.loads(text)  # fmt: skip
    kind = types.get(name)
    job = NewJob(
        type=kind.name,
        payload="",
        name="",
        thread_demand=demand,
        chunks=chunks,
        placement=Placing(placement),
        on_shortage=OnShortage(on_shortage),
        requires=requires,
        load_balance_strategy=LoadBalanceStrategy(strategy),
        task_id=task_id,
    )
    return Work(
        placement_class=job.placement_class,
        max_attempts=max_attempts or (policy and _attempts(policy)) or kind.max_attempts,
        timeout=timeout or kind.timeout,
        schema=payload_schema(kind.name),
    )


@cache
def payload_schema(job_type: str) -> str:
    """A digest that changes when the schema of the type's payload does."""
    schema = types.get(job_type).payload.json_schema()
    return hashlib.sha256(json.dumps(schema, sort_keys=True).encode()).hexdigest()


def problem(error: CeleriacError) -> str:
    """An error as a job or a task keeps it: JSON text."""
    return json.dumps({"code": error.code, "message": str(error)})


def _attempts(policy: Any) -> int | None:
    """How many attempts a retry policy says that there are."""
    return retry.read(json.dumps(policy)).attempts


def _calendar(mode: str, timezone: str, rules: list[Any]) -> Calendar:
    try:
        return calendars.load(mode, timezone, rules)
    except ValidationError as error:
        raise UnreadableCalendar(reason=error) from None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
