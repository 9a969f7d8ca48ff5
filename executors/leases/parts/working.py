"""The executor's side: a part is claimed, and its outcome is written."""

from __future__ import annotations

import time
from dataclasses import dataclass

from executors.leases.parts.broadcasting import end_broadcast
from executors.leases.parts.endings import CLOSE_DROPPED, DROP_PARTS, TRY_AGAIN
from executors.leases.working import Claim, Tally, claim_sql
from executors.states import ExecutionKind
from jobs import lifecycle
from jobs.ids import uuid7
from jobs.lifecycle import Outcome, Started
from jobs.sql import Cursor, Statement


@dataclass(frozen=True, slots=True)
class Part:
    """What of a job a lease is about. `chunk` counts from 0 to `chunk_count`, for shards too.

    `results` are those of the chunks in their order, as JSON texts, for the one that combines
    them; chunks that had nothing to do are left out.
    """

    kind: ExecutionKind
    chunk: int | None
    chunk_count: int
    results: tuple[str, ...] = ()


_CLAIM = Statement(
    claim_sql(
        lifecycle.START_PART,
        columns=", execution.attempt, execution.kind, execution.chunk",
        answers=", kind, chunk, chunk_count",
    )
)


def claim(cursor: Cursor, lease_id: str, incarnation: str) -> tuple[Claim, Part] | None:
    """Takes an assigned lease of a part; None if it is no longer there to take.

    Only the executor's present incarnation may claim.
    """
    _CLAIM.run(cursor, lease_id, incarnation)
    row = cursor.fetchone()
    if row is None:
        return None
    anchor, started = time.monotonic(), Started(*row[1:-3])
    kind, chunk, chunk_count = row[-3:]
    results = _results(cursor, started.job_id) if kind == ExecutionKind.COMBINE else ()
    part = Part(ExecutionKind(kind), chunk, chunk_count, results)
    return Claim(lease_id, row[0], anchor, [started]), part


def _results(cursor: Cursor, job_id: str) -> tuple[str, ...]:
    cursor.execute(
        """
        SELECT DISTINCT ON (chunk) result::text FROM executors_execution
         WHERE job_id = %s AND kind = 'chunk' AND state = 'completed' AND result IS NOT NULL
         ORDER BY chunk
        """,
        (job_id,),
    )
    return tuple(row[0] for row in cursor.fetchall())


_RECORD = Statement(
    f"""
    WITH outcome AS (
        SELECT $1::uuid AS job_id, $2::uuid AS execution_id, $3::text AS state,
               $4::jsonb AS result, $5::jsonb AS error, to_timestamp($6::float8) AS started_at,
               to_timestamp($7::float8) AS completed_at, $8::float8 AS delay
    ), locked AS ({lifecycle.LOCK_PARTED}
    ), ended AS (
        UPDATE executors_execution execution
           SET state = CASE outcome.state WHEN 'scheduled' THEN 'failed' ELSE outcome.state END,
               started_at = outcome.started_at, completed_at = outcome.completed_at,
               result = CASE WHEN kind <> 'combine' THEN outcome.result END, error = outcome.error
          FROM outcome LEFT JOIN locked ON locked.job_id = outcome.job_id
         WHERE execution.id = outcome.execution_id AND execution.state = 'running'
        RETURNING execution.id AS execution_id, execution.job_id, execution.kind,
                  execution.chunk, execution.attempt, execution.executor_id, locked.cancelled,
                  outcome.state AS outcome
    ), chunk_done AS (
        SELECT job_id, CASE kind WHEN 'shard' THEN 'executors' ELSE 'chunks' END AS what FROM ended
         WHERE kind <> 'combine' AND outcome = 'completed' AND cancelled IS NOT NULL
    ), counted AS ({lifecycle.CHUNK_DONE}
    ), verdict AS (
        SELECT ended.job_id, outcome.execution_id, outcome.result, outcome.error,
               outcome.completed_at,
               CASE outcome.state WHEN 'scheduled' THEN 'cancelled' ELSE outcome.state END AS state
          FROM ended, outcome
         WHERE CASE outcome.state WHEN 'completed' THEN ended.kind = 'combine'
                                  WHEN 'scheduled' THEN ended.cancelled
                                  ELSE true END
    ), finished AS ({lifecycle.END_PARTED}
    ), again AS (
        SELECT $9::uuid AS new_id, job_id, kind, chunk, executor_id, attempt + 1 AS attempt,
               outcome.delay
          FROM ended JOIN outcome USING (job_id)
         WHERE ended.outcome = 'scheduled' AND ended.cancelled IS NOT NULL
    ), queued AS ({TRY_AGAIN}
    ), noted AS (
        INSERT INTO jobs_jobevent (job_id, kind, actor, data)
        SELECT again.job_id, 'retried', '',
               jsonb_build_object('error', outcome.error, 'delay', outcome.delay, 'chunk', chunk)
          FROM again JOIN outcome USING (job_id)
    ), dropped AS ({DROP_PARTS}
    ), freed AS ({CLOSE_DROPPED}
    ), closed AS (
        UPDATE executors_lease
           SET state = 'finished', closed_at = now(), done = $11, busy_seconds = $12
         WHERE id = $10 AND state = 'claimed'
    )
    SELECT kind = 'shard' AND outcome = 'completed' FROM ended
    """
)


def record(cursor: Cursor, lease_id: str, outcome: Outcome, tally: Tally) -> bool:
    """Writes the outcome of a claimed part and closes its lease; whether it counted.

    A chunk or shard that failed for good fails its job; what combines the chunks ends it, and so
    does the last shard.
    """
    _RECORD.run(
        cursor,
        outcome.job_id,
        outcome.execution_id,
        outcome.state,
        outcome.result,
        outcome.error,
        outcome.started_at,
        outcome.completed_at,
        outcome.delay,
        uuid7(),
        lease_id,
        tally.done,
        tally.seconds,
    )
    row = cursor.fetchone()
    if row and row[0]:
        end_broadcast(cursor, outcome.job_id)
    return row is not None
