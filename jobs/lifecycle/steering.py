"""What people and the clock do to jobs: promote, cancel, reprioritise, prune."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from jobs import events
from jobs.sql import Cursor, Statement, array
from jobs.states import ACTIVE, FINAL, WAITS, JobState, sources

_PROMOTE = Statement(
    """
    WITH due AS MATERIALIZED (  -- as an IN (...) the planner may run it, and its LIMIT, once a row
        SELECT id FROM jobs_job
         WHERE is_scheduled AND available_at <= now()
         ORDER BY available_at LIMIT $1 FOR UPDATE SKIP LOCKED
    ), promoted AS (
        UPDATE jobs_job job
           SET status = 'queued'
          FROM due
         WHERE job.id = due.id AND job.status = ANY($2)
        RETURNING job.id
    )
    SELECT count(*),
           (SELECT date_part('epoch', min(available_at) - now()) FROM jobs_job
             WHERE is_scheduled AND available_at > now())
      FROM promoted
    """
)


def promote(cursor: Cursor, limit: int = 5000) -> tuple[int, float | None]:
    """Queues scheduled jobs whose time has come; how many, and seconds until the next is due."""
    _PROMOTE.run(cursor, limit, sources("promote"))
    row = cursor.fetchone()
    assert row is not None
    return row[0], row[1]


def cancel(
    cursor: Cursor, ids: Iterable[str], actor: str, reason: str | None = None
) -> dict[str, str]:
    """Cancels what waits, and asks executors to stop what they have; `reason` is for the events.

    Returns `"cancelled"` or `"requested"` by id; final and unknown jobs are left out.
    """
    cursor.execute(
        """
        WITH target AS (
            SELECT id, status FROM jobs_job
             WHERE id = ANY(%(ids)s::uuid[]) AND status = ANY(%(active)s)
             ORDER BY id FOR UPDATE
        )
        UPDATE jobs_job job
           SET status = CASE WHEN job.status = ANY(%(waits)s) THEN 'cancelled'
                             ELSE job.status END,
               -- A transaction that began before the job's own may see it all the same.
               completed_at = CASE WHEN job.status = ANY(%(waits)s)
                                   THEN GREATEST(now(), job.created_at) END,
               cancel_requested_at = COALESCE(job.cancel_requested_at, now())
          FROM target
         WHERE job.id = target.id
        RETURNING job.id::text, job.status
        """,
        {"ids": array(ids), "active": sorted(ACTIVE), "waits": sources("cancel")},
    )
    fates = {
        id_: "cancelled" if status == JobState.CANCELLED else "requested"
        for id_, status in cursor.fetchall()
    }
    data: dict[str, object] = {"reason": reason} if reason else {}
    for kind, fate in ((events.CANCELLED, "cancelled"), (events.CANCEL_REQUESTED, "requested")):
        rows: list[tuple[str, dict[str, object]]] = [
            (id_, data) for id_, its_fate in fates.items() if its_fate == fate
        ]
        events.record(cursor, kind, rows, actor)
    return fates


def set_priority(cursor: Cursor, ids: Iterable[str], priority: int, actor: str) -> list[str]:
    """Changes the priority of jobs that wait; the ids of those it changed."""
    cursor.execute(
        """
        WITH old AS (
            SELECT id, priority FROM jobs_job
             WHERE id = ANY(%s::uuid[]) AND status = ANY(%s)
             ORDER BY id FOR UPDATE
        )
        UPDATE jobs_job job SET priority = %s FROM old WHERE job.id = old.id
        RETURNING job.id::text, old.priority
        """,
        (array(ids), sorted(WAITS), priority),
    )
    rows = cursor.fetchall()
    events.record(
        cursor,
        events.PRIORITY_CHANGED,
        [(id_, {"from": before, "to": priority}) for id_, before in rows],
        actor,
    )
    return [id_ for id_, _ in rows]


def prune(cursor: Cursor, status: str, older_than: timedelta, limit: int) -> list[str]:
    """Removes up to `limit` jobs that became final in `status` longer ago than that; their ids."""
    if status not in FINAL:
        message = f"Only final jobs can be pruned, not {status!r} ones."
        raise ValueError(message)
    cursor.execute(
        """
        WITH old AS MATERIALIZED (
            SELECT id FROM jobs_job
             WHERE status = %s AND completed_at < now() - %s
             ORDER BY completed_at LIMIT %s FOR UPDATE SKIP LOCKED
        )
        DELETE FROM jobs_job job USING old WHERE job.id = old.id
        RETURNING job.id::text
        """,
        (status, older_than, limit),
    )
    return [row[0] for row in cursor.fetchall()]
