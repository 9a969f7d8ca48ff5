"""Jobs that run on several executors at once, a shard on each: their beginning and their ends.

In between, shards are parts like chunks, but each is bound to its executor from the start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from executors.leases.parts.endings import CLOSE_DROPPED, DROP_PARTS
from jobs import lifecycle
from jobs.ids import uuid7
from jobs.sql import Cursor, Statement, array, numbers, uuids
from jobs.states import in_sources


@dataclass(frozen=True, slots=True)
class PlannedBroadcast:
    """A queued job to be run on all of these executors: their ids, and the name of the first."""

    job_id: str
    executor_ids: Sequence[str]
    first: str


_BROADCAST = Statement(
    f"""
    WITH fan AS (
        SELECT job_id, id, executor, shards AS chunks, shards AS width
          FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[])
            AS fan (job_id, id, executor, shards)
    ), fanned AS ({lifecycle.FAN_OUT}
    )
    INSERT INTO executors_execution
          (id, job_id, kind, chunk, executor_id, attempt, state, available_at)
    SELECT shard.id, shard.job_id, 'shard', shard.number, shard.executor_id, fanned.attempt + 1,
           'queued', now()
      FROM unnest($5::uuid[], $6::uuid[], $7::int[], $8::uuid[])
        AS shard (id, job_id, number, executor_id)
      JOIN fanned ON fanned.job_id = shard.job_id
    """
)


def broadcast(cursor: Cursor, planned: Sequence[PlannedBroadcast]) -> None:
    """Makes a shard for each executor of those of these jobs that are still queued."""
    planned = sorted(planned, key=lambda its: its.job_id)
    shards = [
        (its.job_id, number, executor_id)
        for its in planned
        for number, executor_id in enumerate(its.executor_ids)
    ]
    _BROADCAST.run(
        cursor,
        uuids(its.job_id for its in planned),
        uuids(uuid7() for _ in planned),
        array(its.first for its in planned),
        numbers(len(its.executor_ids) for its in planned),
        uuids(uuid7() for _ in shards),
        uuids(job_id for job_id, _, _ in shards),
        numbers(number for _, number, _ in shards),
        uuids(executor_id for _, _, executor_id in shards),
    )


# Whoever writes the last shard's end sees all the others: no lock is needed to count them.
_END = Statement(
    f"""
    WITH answers AS (
        SELECT count(*) AS count, max(shard.completed_at) AS completed_at,
               (array_agg(shard.id ORDER BY shard.completed_at DESC, shard.id))[1] AS last,
               COALESCE(sum(octet_length(shard.result::text)), 0) AS bytes,
               jsonb_agg(jsonb_build_object(
                   'executor', COALESCE(executor.name, shard.executor_id::text),
                   'result', shard.result) ORDER BY shard.chunk) AS result
          FROM executors_execution shard
          LEFT JOIN executors_executor executor ON executor.id = shard.executor_id
         WHERE shard.job_id = $1 AND shard.kind = 'shard' AND shard.state = 'completed'
    ), verdict AS (
        SELECT job.id AS job_id, answers.last AS execution_id, answers.completed_at,
               CASE WHEN bytes > $2::int THEN 'failed' ELSE 'completed' END AS state,
               CASE WHEN bytes <= $2 THEN answers.result END AS result,
               CASE WHEN bytes > $2 THEN jsonb_build_object(
                   'code', 'invalid_result',
                   'message', format('The results of its %s executors have %s bytes together; '
                                     'at most %s are kept.', count, bytes, $2)) END AS error
          FROM jobs_job job JOIN answers ON answers.count = job.chunk_count
         WHERE job.id = $1 AND job.status IN ({in_sources("end_parted")})
           AND job.cancel_requested_at IS NULL
    ), finished AS ({lifecycle.END_PARTED}
    )
    SELECT count(*) FROM finished
    """
)


def end_broadcast(cursor: Cursor, job_id: str) -> bool:
    """Completes a job whose shards are all completed, with what each said; whether it did.

    Safe to call at any time and any number of times.
    """
    _END.run(cursor, job_id, settings.CELERIAC["RESULT_MAX_BYTES"])
    row = cursor.fetchone()
    return bool(row and row[0])


_FORSAKEN = """
    SELECT shard.id::text, shard.job_id::text
      FROM executors_execution shard
      JOIN jobs_job job ON job.id = shard.job_id
      LEFT JOIN executors_executor executor ON executor.id = shard.executor_id
     WHERE shard.available_at < now() - %(patience)s * interval '1 s' AND shard.kind = 'shard'
       AND CASE executor.status
           WHEN 'online' THEN job.type <> ALL (executor.types)
           WHEN 'offline' THEN executor.last_heartbeat < now() - %(patience)s * interval '1 s'
           ELSE true END
"""


def fail_forsaken(cursor: Cursor, patience: float) -> list[str]:
    """Fails jobs whose shard has waited for `patience` seconds for an executor that is away.

    Or is back without their type. Returns their ids. A shard goes to no other executor, since its
    work is to be done there.
    """
    cursor.execute(_FORSAKEN, {"patience": patience})
    rows = cursor.fetchall()
    if not rows:
        return []
    lifecycle.lock(cursor, {job_id for _, job_id in rows})
    cursor.execute(
        f"""
        WITH ended AS (
            UPDATE executors_execution shard
               SET state = 'lost', available_at = NULL, completed_at = now(),
                   error = jsonb_build_object(
                       'code', 'executor_gone',
                       'message', format(%(message)s, COALESCE(
                           (SELECT name FROM executors_executor WHERE id = shard.executor_id),
                           shard.executor_id::text)))
             WHERE shard.id = ANY(%(shards)s::uuid[]) AND shard.state = 'queued'
            RETURNING shard.id AS execution_id, shard.job_id, shard.error
        ), verdict AS (
            SELECT DISTINCT ON (job_id) job_id, ended.execution_id, NULL::jsonb AS result,
                   CASE WHEN cancel_requested_at IS NULL THEN ended.error END AS error,
                   CASE WHEN cancel_requested_at IS NULL THEN 'failed'
                        ELSE 'cancelled' END AS state,
                   now() AS completed_at
              FROM ended JOIN jobs_job job ON job.id = ended.job_id
             ORDER BY job_id, ended.execution_id
        ), finished AS ({lifecycle.END_PARTED}
        ), dropped AS ({DROP_PARTS}
        ), freed AS ({CLOSE_DROPPED}
        )
        SELECT job_id::text FROM finished
        """,
        {
            "shards": uuids(shard_id for shard_id, _ in rows),
            "message": "Executor %s has a shard of the job to run, but was away, or without its "
            f"type, for {patience:g} s.",
        },
    )
    return [row[0] for row in cursor.fetchall()]
