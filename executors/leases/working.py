"""The executor's side: a lease is claimed, and outcomes are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jobs import lifecycle
from jobs.lifecycle import Outcome, Placed, Started
from jobs.sql import Cursor, Statement, array
from jobs.states import JobState

_EXECUTION_STATE = {
    JobState.COMPLETED: "completed",
    JobState.FAILED: "failed",
    JobState.SCHEDULED: "failed",
    JobState.CANCELLED: "cancelled",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """A lease that this process now works on: its jobs in order, its slots."""

    lease_id: str
    slots: int
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
    return Claim(lease_id, rows[0][2], sorted(started, key=lambda job: job.execution_id))


def record(cursor: Cursor, lease_id: str, outcomes: Sequence[Outcome], *, close: bool) -> int:
    """Writes outcomes of a claimed lease, and closes it if asked; how many outcomes counted."""
    accepted = lifecycle.finish(cursor, outcomes) if outcomes else []
    if outcomes:
        _finish_executions(cursor, outcomes)
    if close:
        _close(cursor, lease_id)
    return len(accepted)


_FINISH_EXECUTIONS = Statement(
    """
    UPDATE executors_execution execution
       SET state = o.state,
           started_at = to_timestamp(o.started_at),
           completed_at = to_timestamp(o.completed_at),
           error = o.error
      FROM unnest($1::uuid[], $2::text[], $3::float8[], $4::float8[], $5::jsonb[])
        AS o (id, state, started_at, completed_at, error)
     WHERE execution.id = o.id AND execution.state = 'running'
    """
)


def _finish_executions(cursor: Cursor, outcomes: Sequence[Outcome]) -> None:
    _FINISH_EXECUTIONS.run(
        cursor,
        array(o.execution_id for o in outcomes),
        array(_EXECUTION_STATE[o.state] for o in outcomes),
        array(o.started_at for o in outcomes),
        array(o.completed_at for o in outcomes),
        array(o.error for o in outcomes),
    )


_CLOSE = Statement(
    """
    UPDATE executors_lease lease
       SET state = 'finished', closed_at = now(), done = work.done,
           busy_seconds = work.seconds
      FROM (SELECT count(*) AS done,
                   COALESCE(sum(extract(epoch FROM completed_at - started_at)), 0) AS seconds
              FROM executors_execution
             WHERE lease_id = $1 AND completed_at IS NOT NULL) work
     WHERE lease.id = $1 AND lease.state = 'claimed'
    """
)


def _close(cursor: Cursor, lease_id: str) -> None:
    """Ends the lease, with the sums from which the dispatcher learns how long its type takes."""
    _CLOSE.run(cursor, lease_id)
