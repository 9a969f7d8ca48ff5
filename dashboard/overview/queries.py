"""Reads the figures of the overview. Each query is bounded, or as large as the backlog."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings

from dashboard.overview.figures import (
    Ended,
    Failures,
    Figures,
    Fleet,
    NextTick,
    Problem,
    Waiting,
)
from executors.processes.reading import is_gateway_there, living
from executors.states import LIVE, ExecutorStatus, Protocol
from jobs.errors import CeleriacError
from jobs.sql import Cursor, array
from jobs.states import JobState
from scheduling.explaining.explain import explain

logger = logging.getLogger("celeriac.overview")

RATE_OVER = 10
RATE_MAX = 100_000
"""Jobs that are counted for the rate."""
TICKS = 10
PROBLEMS = 5
ERRORS_LATEST = 2000
"""Jobs with an error that are looked through for the newest failure of each type."""
FAILURES_TYPES = 8
EXPLAINED_AFTER = 30.0
"""Seconds of waiting after which it is asked why."""


def read(cursor: Cursor) -> Figures:
    """All figures, as they are now."""
    now = _now(cursor)
    counts, oldest_since = _counts(cursor)
    limit = settings.CELERIAC["HEARTBEAT_LIMIT"]
    lately, hour, before = (_ended(cursor, minutes) for minutes in (15, 60, 24 * 60))
    return Figures(
        now=now,
        is_new=not counts and _is_new(cursor),
        counts=counts,
        rate=_rate(cursor),
        lately=lately,
        hour=hour,
        before=before,
        oldest=_oldest(cursor, oldest_since, now),
        failures=_failures(cursor),
        fleet=_fleet(cursor),
        ticks=_ticks(cursor),
        tasks_enabled=_tasks_enabled(cursor),
        problems=_problems(cursor),
        processes=living(cursor, limit),
        has_gateway=is_gateway_there(cursor, limit),
        disk_free=_disk_free(),
    )


def _now(cursor: Cursor) -> datetime:
    cursor.execute("SELECT clock_timestamp()")
    row = cursor.fetchone()
    assert row is not None
    now: datetime = row[0]
    return now


def _is_new(cursor: Cursor) -> bool:
    cursor.execute("SELECT NOT EXISTS (SELECT FROM jobs_job)")
    return cursor.fetchone() == (True,)


def _counts(cursor: Cursor) -> tuple[dict[str, int], datetime | None]:
    """Jobs that are not final by state; since when the one waits that waits longest."""
    cursor.execute(
        "SELECT status, count(*), min(available_at) FROM jobs_job WHERE is_active GROUP BY status"
    )
    rows = {status: (count, since) for status, count, since in cursor.fetchall()}
    counts = {status: count for status, (count, _) in rows.items()}
    return counts, rows[JobState.QUEUED][1] if JobState.QUEUED in rows else None


def _oldest(cursor: Cursor, since: datetime | None, now: datetime) -> Waiting | None:
    if since is None or since > now:
        return None
    cursor.execute(
        "SELECT id::text, type FROM jobs_job WHERE is_queued AND available_at = %s LIMIT 1",
        (since,),
    )
    row = cursor.fetchone()
    if row is None:
        return None
    job_id, type_ = row
    is_long = (now - since).total_seconds() >= EXPLAINED_AFTER
    return Waiting(job_id, type_, since, _reason(job_id) if is_long else None)


def _reason(job_id: str) -> str | None:
    try:
        found = explain(job_id)
    except CeleriacError:
        # It is gone, or Postgres is too busy: then there is no reason to be told.
        return None
    blockers = found.waiting.blockers if found.waiting else []
    return str(blockers[0].text) if blockers else None


def _rate(cursor: Cursor) -> float:
    cursor.execute(
        """
        SELECT count(*) FROM (SELECT FROM jobs_job
                               WHERE completed_at > now() - make_interval(secs => %s)
                               LIMIT %s) ended
        """,
        (RATE_OVER, RATE_MAX),
    )
    row = cursor.fetchone()
    return row[0] / RATE_OVER if row else 0.0


def _ended(cursor: Cursor, minutes: int) -> Ended:
    """As history has it, to the minute or, over longer times, to ten."""
    cursor.execute(
        """
        SELECT status, sum(count)::int FROM dashboard_tally
         WHERE span = %s AND start > now() - make_interval(mins => %s) GROUP BY status
        """,
        (60 if minutes <= 60 else 600, minutes),
    )
    return Ended(**dict(cursor.fetchall()))


def _failures(cursor: Cursor) -> Sequence[Failures]:
    """Of the types that failed most in the last day."""
    cursor.execute(
        """
        WITH counted AS (
            SELECT type, sum(count)::int AS count FROM dashboard_tally
             WHERE span = 600 AND status = 'failed' AND start > now() - interval '1 day'
             GROUP BY type
        ), latest AS (
            SELECT DISTINCT ON (type) type, id, error ->> 'message' AS message, completed_at
              FROM (SELECT type, id, status, error, completed_at FROM jobs_job
                     WHERE error IS NOT NULL ORDER BY id DESC LIMIT %s) troubled
             WHERE status = 'failed'
             ORDER BY type, completed_at DESC
        )
        SELECT type, count, id::text, message, completed_at
          FROM counted LEFT JOIN latest USING (type)
         ORDER BY count DESC, type LIMIT %s
        """,
        (ERRORS_LATEST, FAILURES_TYPES),
    )
    return [Failures(*row) for row in cursor.fetchall()]


def _fleet(cursor: Cursor) -> Fleet:
    cursor.execute(
        """
        SELECT name, status, slots, protocol <> %s AS is_http,
               last_heartbeat < now() - make_interval(secs => %s) AS is_silent,
               (SELECT coalesce(sum(lease.slots), 0) FROM executors_lease lease
                 WHERE lease.executor_id = executor.id AND lease.state = ANY(%s)) AS used
          FROM executors_executor executor ORDER BY name
        """,
        (Protocol.CELERY, settings.CELERIAC["HEARTBEAT_LIMIT"] / 2, array(LIVE)),
    )
    rows = cursor.fetchall()
    there = [row for row in rows if row[1] != ExecutorStatus.OFFLINE]
    heard = [row for row in there if row[3] or not row[4]]
    online = [row for row in heard if row[1] == ExecutorStatus.ONLINE]
    return Fleet(
        online=len(online),
        silent=[row[0] for row in there if row not in heard],
        draining=[row[0] for row in heard if row[1] == ExecutorStatus.DRAINING],
        offline=len(rows) - len(there),
        http=sum(row[3] for row in there),
        slots=sum(row[2] for row in online),
        used=sum(int(row[5]) for row in heard),
    )


def _ticks(cursor: Cursor) -> Sequence[NextTick]:
    cursor.execute(
        """
        SELECT task.id::text, periodic.name, task.type, next_run.at
          FROM scheduling_nextrun next_run
          JOIN django_celery_beat_periodictask periodic ON periodic.id = next_run.periodic_task_id
          JOIN scheduling_task task ON task.periodic_task_id = periodic.id
         WHERE next_run.at IS NOT NULL AND periodic.enabled
         ORDER BY next_run.at LIMIT %s
        """,
        (TICKS,),
    )
    return [NextTick(*row) for row in cursor.fetchall()]


def _tasks_enabled(cursor: Cursor) -> int:
    cursor.execute("SELECT count(*) FROM scheduling_nextrun WHERE at IS NOT NULL")
    row = cursor.fetchone()
    return int(row[0]) if row else 0


def _problems(cursor: Cursor) -> Sequence[Problem]:
    cursor.execute(
        """
        SELECT task.id::text, periodic.name, task.problem ->> 'message'
          FROM scheduling_task task
          JOIN django_celery_beat_periodictask periodic ON periodic.id = task.periodic_task_id
         WHERE task.problem IS NOT NULL ORDER BY periodic.name LIMIT %s
        """,
        (PROBLEMS,),
    )
    return [Problem(*row) for row in cursor.fetchall()]


def _disk_free() -> float | None:
    """Of the disk where artifacts are; None where there is no such directory yet."""
    path = Path(settings.MEDIA_ROOT)
    if not path.exists():
        return None
    usage = shutil.disk_usage(path)
    return usage.free / usage.total
