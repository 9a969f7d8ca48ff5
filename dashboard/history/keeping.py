"""Keeps history up to date, step by step; each may be repeated.

What ended is counted in one transaction. How much waits is looked at in another: there may be too
much to count, and then history goes on without.

A job is committed some time after the moment at which it ended. So what is counted stays open, and
is counted again, until it is settled: until no transaction that began before can still be writing.
What comes later still, because a worker could not reach the database, is found by a review that
goes through the last hours again and again, a minute at a time.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from dashboard.history import backlogs, tallies
from dashboard.history.spans import FINEST, KEPT, floor
from jobs.sql import Cursor
from jobs.timelimit import TookTooLong, time_limit

logger = logging.getLogger("celeriac.history")

TIME_LIMIT = 20.0
"""Seconds that Postgres may work on a part of a step."""
LOOK_LIMIT = 5.0
"""Seconds that it may work on the look at what waits; the rest after a step grows with it."""
LOCK = 0x43454C48  # "CELH"
"""The advisory lock that keeps two leaders, one of them a former one, from writing at once."""

SETTLES_AFTER = timedelta(seconds=5)
"""Outcomes are written at most so long after they came about, while the database is there."""
OPEN_AT_MOST = timedelta(minutes=5)
"""A transaction that lasts longer keeps nothing open; what it writes is left to the review."""
JOBS_AT_ONCE = 50_000
SPAN_AT_ONCE = timedelta(hours=1)
BACK = timedelta(days=7)
"""Where a new installation begins, if there are jobs so old."""
REVIEWED = timedelta(hours=6)
MINUTE = timedelta(minutes=1)
AHEAD = timedelta(seconds=10)
"""A worker's clock may run so fast."""


@dataclass
class Progress:
    """How far history has been written, and the moments of this step."""

    settled: datetime
    reviewed: datetime
    now: datetime
    horizon: datetime
    """All transactions that began before it have ended."""


def step() -> bool:
    """Writes what is new; whether there is more to do at once."""
    with transaction.atomic(), time_limit(TIME_LIMIT), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", (LOCK,))
        if cursor.fetchone() != (True,):
            return False
        progress = _read(cursor)
        is_behind = _count(cursor, progress)
        _review(cursor, progress)
        _forget(cursor, progress)
        _write(cursor, progress)
    _look(progress.now)
    return is_behind


def _look(now: datetime) -> None:
    try:
        with time_limit(LOOK_LIMIT), connection.cursor() as cursor:
            backlogs.look(cursor, now)
    except TookTooLong as error:
        logger.warning("History goes without a look at what waits: %s", error)


def _read(cursor: Cursor) -> Progress:
    """Where the step before ended; at the first, where the oldest jobs are."""
    cursor.execute(
        """
        SELECT clock_timestamp(),
               (SELECT min(xact_start) FROM pg_stat_activity
                 WHERE datname = current_database() AND backend_xid IS NOT NULL
                   AND pid <> pg_backend_pid())
        """
    )
    row = cursor.fetchone()
    assert row is not None
    now, oldest = row
    cursor.execute("SELECT settled, reviewed FROM dashboard_progress WHERE id = 1")
    settled, reviewed = cursor.fetchone() or (floor(now - BACK, 3600),) * 2
    horizon = max(min(oldest or now, now), now - OPEN_AT_MOST) - SETTLES_AFTER
    return Progress(settled, reviewed, now, horizon)


def _count(cursor: Cursor, progress: Progress) -> bool:
    """Counts on from what is settled; whether it could not get as far as now."""
    start = _first(cursor, progress)
    end = min(_reach(cursor, start), start + SPAN_AT_ONCE, progress.now + AHEAD)
    if start < end:
        tallies.count(cursor, start, end)
        progress.settled = max(progress.settled, floor(min(end, progress.horizon), FINEST))
    return end < progress.now


def _first(cursor: Cursor, progress: Progress) -> datetime:
    """From where there is something to count: spans without any job are passed over."""
    settled = progress.settled
    cursor.execute("SELECT min(completed_at) FROM jobs_job WHERE completed_at >= %s", (settled,))
    (ended,) = cursor.fetchone() or (None,)
    return floor(ended, FINEST) if ended else max(settled, floor(progress.horizon, FINEST))


def _reach(cursor: Cursor, start: datetime) -> datetime:
    """How far one step may go, as the number of jobs has it."""
    cursor.execute(
        """
        SELECT completed_at FROM jobs_job WHERE completed_at >= %s
         ORDER BY completed_at OFFSET %s LIMIT 1
        """,
        (start, JOBS_AT_ONCE),
    )
    row = cursor.fetchone()
    if row is None:
        return datetime.max.replace(tzinfo=start.tzinfo)
    return max(floor(row[0], FINEST), start + timedelta(seconds=FINEST))


def _review(cursor: Cursor, progress: Progress) -> None:
    """Looks at a settled minute again, and counts it again if there are more jobs than it says."""
    oldest, settled = floor(progress.now - REVIEWED, 60), floor(progress.settled, 60)
    minute = max(progress.reviewed, oldest)
    if minute >= settled:
        minute = oldest
    if minute >= settled:
        return
    cursor.execute(
        """
        SELECT (SELECT count(*) FROM jobs_job
                 WHERE completed_at >= %(minute)s AND completed_at < %(end)s)
             > (SELECT coalesce(sum(count), 0) FROM dashboard_tally
                 WHERE span = 60 AND start = %(minute)s)
        """,
        {"minute": minute, "end": minute + MINUTE},
    )
    if cursor.fetchone() == (True,):
        tallies.count(cursor, minute, minute + MINUTE)
    progress.reviewed = minute + MINUTE


def _forget(cursor: Cursor, progress: Progress) -> None:
    """Removes what has been kept for its time, once the longer spans that hold it are settled."""
    for span, kept in KEPT.items():
        before = min(progress.now - kept, floor(progress.settled, 3600))
        for table in ("dashboard_tally", "dashboard_backlog"):
            cursor.execute(
                f"DELETE FROM {table} WHERE span = %s AND start < %s",
                (span, before),
            )


def _write(cursor: Cursor, progress: Progress) -> None:
    cursor.execute(
        """
        INSERT INTO dashboard_progress (id, settled, reviewed) VALUES (1, %s, %s)
        ON CONFLICT (id) DO UPDATE SET settled = EXCLUDED.settled, reviewed = EXCLUDED.reviewed
        """,
        (progress.settled, progress.reviewed),
    )
