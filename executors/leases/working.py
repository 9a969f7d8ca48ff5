"""The executor's side: a lease is claimed, and outcomes are written."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from jobs import lifecycle
from jobs.lifecycle import Outcome, Started
from jobs.sql import Cursor, Statement, array, numbers, uuids


@dataclass(frozen=True, slots=True)
class Claim:
    """A lease that this process now works on: its jobs in order, its slots.

    `anchor` is this process's monotonic time just after the moment that the jobs call `now`: so no
    time that is worked out with it is later than it was, however long the answer took.
    """

    lease_id: str
    slots: int
    anchor: float
    jobs: Sequence[Started]


# Whoever else wants the lease (a second delivery, recovery) needs the locks of its jobs first, so
# that where jobs have started, the rest follows.
def claim_sql(start: str, columns: str = "", answers: str = "") -> str:
    """SQL that takes the lease `$1` for the incarnation `$2`: all of it or, at zero rows, nothing.

    `start` is the job's verb, over `placed`, which has further `columns` of the execution if
    wanted; `answers` are further columns of what the verb returns.
    """
    return f"""
    WITH placed AS (
        SELECT execution.job_id, execution.id AS execution_id {columns}
          FROM executors_lease lease
          JOIN executors_executor executor ON executor.id = lease.executor_id
          JOIN executors_execution execution ON execution.lease_id = lease.id
         WHERE lease.id = $1 AND lease.state = 'assigned' AND executor.incarnation = $2
           AND execution.state = 'assigned'
    ), started AS ({start}
    ), running AS (
        UPDATE executors_execution execution
           SET state = 'running', started_at = now()
          FROM started
         WHERE execution.id = started.execution_id AND execution.state = 'assigned'
        RETURNING execution.id
    ), claimed AS (
        UPDATE executors_lease
           SET state = 'claimed', claimed_at = now(), incarnation = $2
         WHERE id = $1 AND state = 'assigned' AND EXISTS (SELECT FROM running)
        RETURNING slots
    )
    SELECT claimed.slots, job_id::text, execution_id::text, type, payload::text, attempt,
           max_attempts, timeout, cancelled, date_part('epoch', now()), retry::text, parent_id::text
           {answers}
      FROM claimed, started
     ORDER BY started.execution_id
    """


_CLAIM = Statement(claim_sql(lifecycle.START))


def claim(cursor: Cursor, lease_id: str, incarnation: str) -> Claim | None:
    """Takes an assigned lease; None if it is no longer there to take.

    Only the executor's present incarnation may claim.
    """
    _CLAIM.run(cursor, lease_id, incarnation)
    rows = cursor.fetchall()
    if not rows:
        return None
    return Claim(lease_id, rows[0][0], time.monotonic(), [Started(*row[1:]) for row in rows])


@dataclass(frozen=True, slots=True)
class Tally:
    """What a lease comes to at its end: executions with an outcome, seconds spent in them.

    The dispatcher learns from it how long a type takes.
    """

    done: int = 0
    seconds: float = 0.0


_RECORD = Statement(
    f"""
    WITH outcome AS (
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[], $5::jsonb[],
                             $6::float8[], $7::float8[], $8::float8[])
                   AS outcome (job_id, execution_id, state, result, error, started_at,
                               completed_at, delay)
    ), finished AS ({lifecycle.FINISH}
    ), noted AS ({lifecycle.NOTE_RETRIES}
    ), ended AS (
        UPDATE executors_execution execution
           SET state = CASE outcome.state WHEN 'scheduled' THEN 'failed' ELSE outcome.state END,
               started_at = to_timestamp(outcome.started_at),
               completed_at = to_timestamp(outcome.completed_at),
               error = outcome.error
          FROM outcome
         WHERE execution.id = outcome.execution_id AND execution.state = 'running'
    ), closed AS (
        UPDATE executors_lease
           SET state = 'finished', closed_at = now(), done = $10, busy_seconds = $11
         WHERE id = $9 AND state = 'claimed' AND $12
    )
    SELECT count(*) FROM finished
    """
)


def record(
    cursor: Cursor, lease_id: str, outcomes: Sequence[Outcome], closing: Tally | None
) -> int:
    """Writes outcomes of a claimed lease, and closes it if told so; how many outcomes counted."""
    outcomes = sorted(outcomes, key=lambda outcome: outcome.job_id)
    tally = closing or Tally()
    _RECORD.run(
        cursor,
        uuids(o.job_id for o in outcomes),
        uuids(o.execution_id for o in outcomes),
        array(o.state for o in outcomes),
        array(o.result for o in outcomes),
        array(o.error for o in outcomes),
        numbers(o.started_at for o in outcomes),
        numbers(o.completed_at for o in outcomes),
        numbers(o.delay for o in outcomes),
        lease_id,
        tally.done,
        tally.seconds,
        closing is not None,
    )
    row = cursor.fetchone()
    return int(row[0]) if row else 0
