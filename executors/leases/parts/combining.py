"""What follows when the chunks of a job are done, or its last part ended after a cancellation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from executors.leases.parts.endings import CLOSE_DROPPED, DROP_PARTS
from jobs import events, lifecycle
from jobs.ids import uuid7
from jobs.sql import Cursor, uuids
from jobs.states import in_sources


def queue_combine(cursor: Cursor, job_id: str) -> bool:
    """Queues the one execution that combines a job's chunks, if all are completed; whether it did.

    Safe to call at any time and any number of times, in a transaction: under the job's lock, one
    call finds all chunks completed and nothing queued yet.
    """
    lifecycle.lock(cursor, [job_id])
    cursor.execute(
        f"""
        INSERT INTO executors_execution (id, job_id, kind, attempt, state, available_at)
        SELECT %(id)s, job.id, 'combine', 1, 'queued', now()
          FROM jobs_job job
         WHERE job.id = %(job_id)s AND job.status IN ({in_sources("end_parted")})
           AND job.cancel_requested_at IS NULL
           AND job.chunk_count = (SELECT count(DISTINCT chunk) FROM executors_execution
                                   WHERE job_id = %(job_id)s AND kind = 'chunk'
                                     AND state = 'completed')
           AND NOT EXISTS (SELECT FROM executors_execution
                            WHERE job_id = %(job_id)s AND kind = 'combine')
        """,
        {"id": uuid7(), "job_id": job_id},
    )
    return cursor.rowcount == 1


@dataclass(frozen=True, slots=True)
class Stalled:
    """Jobs that were split and have no part in anybody's hands."""

    cancelled: list[str]
    others: list[str]


def stalled(cursor: Cursor, patience: float = 0.0) -> Stalled:
    """Finds jobs whose parts all ended, or which were cancelled while none of them ran.

    The last part of the former ended `patience` seconds ago: a chord takes its time.
    """
    cursor.execute(
        """
        SELECT job.id::text, job.cancel_requested_at IS NOT NULL
          FROM jobs_job job
         WHERE job.chunk_count IS NOT NULL AND job.is_active
           AND NOT EXISTS (
               SELECT FROM executors_execution execution
                WHERE execution.job_id = job.id
                  AND (execution.state IN ('assigned', 'running')
                       OR job.cancel_requested_at IS NULL
                          AND (execution.state = 'queued'
                               OR execution.completed_at > now() - %s * interval '1 s')))
        """,
        (patience,),
    )
    rows = cursor.fetchall()
    return Stalled(
        cancelled=[id_ for id_, cancelled in rows if cancelled],
        others=[id_ for id_, cancelled in rows if not cancelled],
    )


def end_cancelled(cursor: Cursor, job_ids: Iterable[str]) -> None:
    """Ends those of these jobs that were cancelled, as long as none of their parts runs."""
    job_ids = sorted(job_ids)
    lifecycle.lock(cursor, job_ids)
    cursor.execute(
        f"""
        WITH verdict AS (
            SELECT job.id AS job_id, job.execution_id, 'cancelled' AS state, NULL::jsonb AS result,
                   NULL::jsonb AS error, now() AS completed_at
              FROM jobs_job job
             WHERE job.id = ANY(%s::uuid[]) AND job.cancel_requested_at IS NOT NULL
        ), ended AS (
            SELECT NULL::uuid AS execution_id WHERE false
        ), finished AS ({lifecycle.END_PARTED}
        ), dropped AS ({DROP_PARTS}
        ), freed AS ({CLOSE_DROPPED}
        )
        SELECT job_id::text FROM finished
        """,
        (uuids(job_ids),),
    )
    rows: list[tuple[str, dict[str, object]]] = [(row[0], {}) for row in cursor.fetchall()]
    events.record(cursor, events.CANCELLED, rows)


def drop_leftovers(cursor: Cursor) -> None:
    """Drops parts that were queued anew in the moment in which their job became final."""
    cursor.execute(
        """
        UPDATE executors_execution execution
           SET state = 'cancelled', available_at = NULL, completed_at = now()
          FROM jobs_job job
         WHERE execution.available_at IS NOT NULL AND job.id = execution.job_id
           AND NOT job.is_active
        """
    )
