"""The executor's side: a lease is claimed, and outcomes are written."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from jobs import lifecycle
from jobs.lifecycle import Outcome, Placed, Started
from jobs.sql import Cursor, Statement, array, numbers, uuids
from jobs.states import JobState

_EXECUTION_STATE = {
    JobState.COMPLETED: "completed",
    JobState.FAILED: "failed",
    JobState.SCHEDULED: "failed",
    JobState.CANCELLED: "cancelled",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """A lease that this process now works on: its jobs in order, its slots.

    `anchor` is this process's monotonic time of the moment that the jobs call `now`.
    """

    lease_id: str
    slots: int
    anchor: float
    jobs: Sequence[Started]


_ASSIGNED = Statement(
    """
    SELECT execution.job_id::text, execution.id::text, lease.slots
      FROM executors_lease lease
      JOIN executors_executor executor ON executor.id = lease.executor_id
      JOIN executors_execution execution ON execution.lease_id = lease.id
     WHERE lease.id = $1 AND lease.state = 'assigned' AND executor.incarnation = $2
       AND execution.state = 'assigned'
    """
)
_CLAIM = Statement(
    """
    WITH claimed AS (
        UPDATE executors_lease
           SET state = 'claimed', claimed_at = now(), incarnation = $2
         WHERE id = $1 AND state = 'assigned'
        RETURNING id
    )
    UPDATE executors_execution execution
       SET state = 'running', started_at = now()
      FROM claimed
     WHERE execution.lease_id = claimed.id AND execution.state = 'assigned'
    """
)


def claim(cursor: Cursor, lease_id: str, incarnation: str) -> Claim | None:
    """Takes an assigned lease; None if it is no longer there to take.

    Only the executor's present incarnation may claim.
    """
    anchor = time.monotonic()
    _ASSIGNED.run(cursor, lease_id, incarnation)
    rows = cursor.fetchall()
    if not rows:
        return None
    started = lifecycle.start(
        cursor, [Placed(job_id, execution_id) for job_id, execution_id, _ in rows]
    )
    if not started:
        return None
    # From here on the jobs' rows are locked and fenced, so that nobody else can have the lease.
    _CLAIM.run(cursor, lease_id, incarnation)
    started.sort(key=lambda job: job.execution_id)
    return Claim(lease_id, rows[0][2], anchor, started)


@dataclass(frozen=True, slots=True)
class Tally:
    """What a lease comes to at its end: executions with an outcome, seconds spent in them.

    The dispatcher learns from it how long a type takes.
    """

    done: int = 0
    seconds: float = 0.0


_RECORD = Statement(
    """
    WITH finished AS (
        UPDATE executors_execution execution
           SET state = o.state,
               started_at = to_timestamp(o.started_at),
               completed_at = to_timestamp(o.completed_at),
               error = o.error
          FROM unnest($1::uuid[], $2::text[], $3::float8[], $4::float8[], $5::jsonb[])
            AS o (id, state, started_at, completed_at, error)
         WHERE execution.id = o.id AND execution.state = 'running'
    )
    UPDATE executors_lease
       SET state = 'finished', closed_at = now(), done = $7, busy_seconds = $8
     WHERE id = $6 AND state = 'claimed' AND $9
    """
)


def record(
    cursor: Cursor, lease_id: str, outcomes: Sequence[Outcome], closing: Tally | None
) -> int:
    """Writes outcomes of a claimed lease, and closes it if told so; how many outcomes counted."""
    accepted = lifecycle.finish(cursor, outcomes) if outcomes else []
    tally = closing or Tally()
    _RECORD.run(
        cursor,
        uuids(o.execution_id for o in outcomes),
        array(_EXECUTION_STATE[o.state] for o in outcomes),
        numbers(o.started_at for o in outcomes),
        numbers(o.completed_at for o in outcomes),
        array(o.error for o in outcomes),
        lease_id,
        tally.done,
        tally.seconds,
        closing is not None,
    )
    return len(accepted)
