"""Backfills as people ask for them: checked, counted, and started unless it is a dry run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db import connection, transaction

from jobs.invalid import ErrorList
from jobs.models import Job
from jobs.reading import validate
from scheduling.cron import Kind
from scheduling.defining import backfilling, timetables
from scheduling.defining.backfilling import NewBackfill
from scheduling.defining.requests import BackfillRequest
from scheduling.defining.spans import ticks_between
from scheduling.errors import NotScheduled
from scheduling.firing import read_clock
from scheduling.firing.definition import Timetable

FIRST_YEAR = 1970


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: `id` is None after a dry run, `existing` ticks have a job already."""

    id: str | None
    backfill: NewBackfill
    existing: int


def ask(task_id: str, value: object, actor: str) -> Asked:
    """Starts a backfill, or only says what it would do.

    Raises `InvalidRequest`, `NotScheduled`, `TaskNotFound`.
    """
    timetable = timetables.of_task(task_id)
    with connection.cursor() as cursor:
        now = read_clock(cursor)
    request, ticks = _read(value, timetable, now)
    backfill = NewBackfill(
        task_id=task_id,
        from_at=request.from_,
        to_at=request.to,
        ticks=ticks,
        concurrency=request.concurrency,
        priority=request.priority,
        created_by=actor,
    )
    existing = Job.objects.filter(task_id=task_id, scheduled_for__in=ticks).count()
    if request.dry_run:
        return Asked(None, backfill, existing)
    with transaction.atomic(), connection.cursor() as cursor:
        return Asked(backfilling.start(cursor, backfill), backfill, existing)


def cancel(backfill_id: str) -> None:
    """Ends a backfill; raises `BackfillNotFound`, `BackfillEnded`."""
    with transaction.atomic(), connection.cursor() as cursor:
        backfilling.cancel(cursor, backfill_id)


def _read(
    value: object, timetable: Timetable, now: datetime
) -> tuple[BackfillRequest, list[datetime]]:
    schedule = timetable.schedule
    if schedule is None or schedule.kind == Kind.AFTER:
        raise NotScheduled(verb="backfill")
    errors = ErrorList()
    request = validate(BackfillRequest, value, (), errors)
    errors.check()
    assert request is not None
    if request.from_.year < FIRST_YEAR:
        errors.add(["from"], "too_early", f"Give a time from the year {FIRST_YEAR} on.")
    if request.to <= request.from_:
        errors.add(["to"], "end_before_start", "This is not after from: move one of them.")
    elif request.to > now:
        message = f"This is in the future; a backfill may go up to {now.astimezone(UTC):%FT%TZ}."
        errors.add(["to"], "in_the_future", message)
    errors.check()
    limit = settings.CELERIAC["BACKFILL_MAX_TICKS"]
    ticks = ticks_between(schedule, timetable.rules, request.from_, request.to, limit + 1)
    if not ticks:
        errors.add(["to"], "no_ticks", "The task has no tick in this span: make it longer.")
    elif len(ticks) > limit:
        message = (
            f"There are over {limit} ticks in this span; the first {limit} end before "
            f"{ticks[limit]:%FT%TZ}: take several spans."
        )
        errors.add(["to"], "too_many_ticks", message)
    errors.check()
    return request, ticks
