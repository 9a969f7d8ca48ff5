"""Users' own PeriodicTasks: when they are due, by Celery's own schedules and the database's clock.

They fire as under django-celery-beat's scheduler; only what is due is ever looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from celery import current_app, schedules
from django_celery_beat.models import PeriodicTask

from jobs.sql import Cursor, array, numbers
from scheduling.beat import outbox
from scheduling.beat.outbox import Message
from scheduling.firing.changes import Stale
from scheduling.firing.due import Due
from scheduling.firing.round import read_clock

BEFORE_ALL = timedelta(days=365 * 30)
"""What never ran, and has a start, is taken to have run so long ago: it runs at its start."""


def fire(cursor: Cursor, due: Sequence[Due], now: datetime) -> list[Message]:
    """Notes that these fire and moves their next runs; the messages to send after the commit."""
    if not due:
        return []
    # What is sent can't be taken back, so that no crash of Postgres may take back the tick.
    cursor.execute("SET LOCAL synchronous_commit = on")
    found = _read(row.periodic_task_id for row in due)
    messages, moves, over = [], [], []
    for row in due:
        periodic = found[row.periodic_task_id]
        if _is_over(periodic, now):
            over.append(periodic.pk)
            continue
        if not _is_too_late(periodic, row.at, now):
            messages.append(Message(periodic, row.at))
        moves.append((periodic.pk, None if periodic.one_off else _after(periodic, row.at, now)))
    over += [its.periodic_task.pk for its in messages if its.periodic_task.one_off]
    _note(cursor, messages, now)
    _move(cursor, moves)
    _disable(cursor, over)
    outbox.add(cursor, messages)
    return messages


def settle(cursor: Cursor, stale: Sequence[Stale]) -> None:
    """Works out the next runs of those whose schedules were edited."""
    if not stale:
        return
    now = read_clock(cursor)
    found = _read(row.periodic_task_id for row in stale)
    over = [pk for pk, periodic in found.items() if periodic.enabled and _is_over(periodic, now)]
    moves = [
        (
            row.periodic_task_id,
            first(found[row.periodic_task_id], row.since, now)
            if row.enabled and row.periodic_task_id not in over
            else None,
        )
        for row in stale
    ]
    _move(cursor, moves)
    _disable(cursor, over)


def first(periodic: PeriodicTask, since: datetime, now: datetime) -> datetime | None:
    """The next run of a new or edited one, in the past if it is overdue."""
    if periodic.start_time and now < periodic.start_time:
        schedule = _schedule(periodic, periodic.start_time)
        if isinstance(schedule, schedules.crontab):
            return _next(schedule, periodic.start_time, periodic.start_time)
        start: datetime = periodic.start_time
        return start
    ran = periodic.last_run_at or since
    if periodic.start_time and not periodic.last_run_at:
        ran -= BEFORE_ALL
    return _next(_schedule(periodic, now), ran, now)


def _after(periodic: PeriodicTask, at: datetime, now: datetime) -> datetime | None:
    """The run that follows that of `at`; runs that were missed in between are one."""
    schedule = _schedule(periodic, now)
    following = _next(schedule, at, now)
    return following if following and following > now else _next(schedule, now, now)


def _schedule(periodic: PeriodicTask, now: datetime) -> Any:
    """Its schedule, which takes `now` for the time instead of this machine's."""
    schedule = periodic.schedule
    schedule.nowfun = lambda: now
    return schedule


def _next(schedule: Any, ran: datetime, now: datetime) -> datetime | None:
    zone = getattr(schedule, "tz", None) or UTC
    remaining: timedelta = schedule.remaining_estimate(ran.astimezone(zone))
    return (now + remaining).astimezone(UTC)


def _is_over(periodic: PeriodicTask, now: datetime) -> bool:
    return bool(periodic.expires and now >= periodic.expires)


def _is_too_late(periodic: PeriodicTask, at: datetime, now: datetime) -> bool:
    deadline = current_app.conf.beat_cron_starting_deadline
    return bool(deadline and periodic.crontab_id and (now - at).total_seconds() > deadline)


def _read(ids: Iterable[int]) -> dict[int, PeriodicTask]:
    """The rows, whose next runs are locked, so that their schedules can't change meanwhile."""
    related = ("crontab", "interval", "solar", "clocked")
    found: dict[int, PeriodicTask] = (
        PeriodicTask.objects.select_related(*related).order_by().in_bulk(list(ids))
    )
    return found


def _note(cursor: Cursor, messages: Sequence[Message], now: datetime) -> None:
    """For the admin's pages, and for the schedules that count from the last run."""
    ids = numbers(message.periodic_task.pk for message in messages)
    cursor.execute(
        """
        UPDATE django_celery_beat_periodictask
           SET last_run_at = %s, total_run_count = total_run_count + 1
         WHERE id = ANY(%s::int[])
        """,
        (now, ids),
    )
    cursor.execute(
        "UPDATE scheduling_nextrun SET last_at = at WHERE periodic_task_id = ANY(%s::int[])",
        (ids,),
    )


def _move(cursor: Cursor, moves: Sequence[tuple[int, datetime | None]]) -> None:
    cursor.execute(
        """
        UPDATE scheduling_nextrun run SET at = move.at, changed_at = NULL
          FROM unnest(%s::int[], %s::timestamptz[]) AS move (id, at)
         WHERE run.periodic_task_id = move.id
        """,
        (numbers(pk for pk, _ in moves), array(at for _, at in moves)),
    )


def _disable(cursor: Cursor, ids: Sequence[int]) -> None:
    """Ends those that expired or were to run once; the trigger then clears their next runs."""
    if ids:
        cursor.execute(
            """
            UPDATE django_celery_beat_periodictask SET enabled = false, total_run_count = 0
             WHERE id = ANY(%s::int[])
            """,
            (numbers(ids),),
        )
