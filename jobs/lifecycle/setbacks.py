"""What happens to a job whose executor gives it back, or is lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from jobs import events
from jobs.lifecycle.running import Placed
from jobs.sql import Cursor, uuids
from jobs.states import sources


def lock(cursor: Cursor, job_ids: Iterable[str]) -> None:
    """Locks jobs in the order of their ids, so that no other verb can move them meanwhile."""
    cursor.execute(
        "SELECT FROM jobs_job WHERE id = ANY(%s::uuid[]) ORDER BY id FOR UPDATE",
        (uuids(job_ids),),
    )


def requeue(cursor: Cursor, placed: Sequence[Placed], *, isolate: bool) -> list[str]:
    """Puts jobs back at no cost: given back unstarted, or lost in a batch (then `isolate`)."""
    cursor.execute(
        """
        UPDATE jobs_job job
           SET status = CASE WHEN cancel_requested_at IS NULL THEN 'queued' ELSE 'cancelled' END,
               completed_at = CASE WHEN cancel_requested_at IS NULL THEN NULL ELSE now() END,
               attempt = attempt - (status = 'running')::int,
               isolated = isolated OR %s,
               execution_id = NULL, executor = NULL, started_at = NULL, progress = NULL
          FROM unnest(%s::uuid[], %s::uuid[]) AS n (id, execution_id)
         WHERE job.id = n.id AND job.execution_id = n.execution_id AND job.status = ANY(%s)
        RETURNING job.id::text
        """,
        (isolate, *_pairs(placed), sources("requeue")),
    )
    ids = [row[0] for row in cursor.fetchall()]
    if isolate:
        events.record(cursor, events.LOST, [(id_, {"alone": False}) for id_ in ids])
    return ids


def lose(cursor: Cursor, placed: Sequence[Placed], reason: str, *, repeatable: bool) -> list[str]:
    """Jobs that ran alone and were lost with their executor: that costs an attempt."""
    cursor.execute(
        """
        WITH fate AS (
            SELECT id, n.execution_id,
                   CASE WHEN cancel_requested_at IS NOT NULL THEN 'cancelled'
                        WHEN attempt >= max_attempts OR NOT %s
                             OR retry->'give_up_on' @> '"lost"' THEN 'failed'
                        ELSE 'queued' END AS status
              FROM unnest(%s::uuid[], %s::uuid[]) AS n (job_id, execution_id)
              JOIN jobs_job ON id = n.job_id
        )
        UPDATE jobs_job job
           SET status = fate.status,
               error = jsonb_build_object('code', 'lost', 'message', %s::text),
               started_at = CASE WHEN fate.status = 'queued' THEN NULL ELSE job.started_at END,
               completed_at = CASE WHEN fate.status = 'queued' THEN NULL ELSE now() END,
               execution_id = CASE WHEN fate.status = 'queued' THEN NULL
                                   ELSE job.execution_id END,
               isolated = true, progress = NULL
          FROM fate
         WHERE job.id = fate.id AND job.execution_id = fate.execution_id
           AND job.status = ANY(%s)
        RETURNING job.id::text
        """,
        (repeatable, *_pairs(placed), reason, sources("lose")),
    )
    ids = [row[0] for row in cursor.fetchall()]
    events.record(cursor, events.LOST, [(id_, {"alone": True, "reason": reason}) for id_ in ids])
    return ids


def _pairs(placed: Sequence[Placed]) -> tuple[str, str]:
    """Job ids and execution ids as array literals, in the order of job ids."""
    placed = sorted(placed)
    return uuids(pair.job_id for pair in placed), uuids(pair.execution_id for pair in placed)
