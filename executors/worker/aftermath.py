"""What a worker's parent process writes when a child can't: the child died, or was ended."""

from __future__ import annotations

from executors import leases
from executors.leases import Tally
from executors.worker import attempt
from jobs.lifecycle import Outcome, Started
from jobs.sql import Cursor


def lost(cursor: Cursor, lease_id: str, reason: str) -> None:
    """The process that worked on the lease is gone."""
    leases.lose(cursor, [lease_id], reason)


def timed_out(cursor: Cursor, lease_id: str) -> None:
    """The process was ended because its job ran past its timeout and the grace after it."""
    for is_part, job in _running(cursor, lease_id):
        outcome = _timeout(job)
        tally = Tally(1, outcome.completed_at - outcome.started_at)
        if is_part:
            leases.parts.record(cursor, lease_id, outcome, tally)
        else:
            leases.record(cursor, lease_id, [outcome], tally)


def _timeout(job: Started) -> Outcome:
    message = f"The job ran for longer than its timeout of {job.timeout:g} s and was ended."
    ending = attempt.failed(job, "timeout", message)
    return Outcome(
        job.job_id,
        job.execution_id,
        ending.state,
        started_at=job.now,
        completed_at=job.now + (job.timeout or 0.0),
        error=ending.error,
        delay=ending.delay,
    )


def _running(cursor: Cursor, lease_id: str) -> list[tuple[bool, Started]]:
    """What ran in the lease, each with whether it is a part of a job."""
    cursor.execute(
        """
        SELECT execution.kind <> 'whole', job.id::text, execution.id::text, job.type, '',
               execution.attempt, job.max_attempts, job.timeout,
               job.cancel_requested_at IS NOT NULL,
               extract(epoch FROM execution.started_at)::float8, job.retry::text
          FROM executors_execution execution
          JOIN jobs_job job ON job.id = execution.job_id
         WHERE execution.lease_id = %s AND execution.state = 'running'
           AND (job.execution_id = execution.id OR execution.kind <> 'whole')
         ORDER BY job.id
        """,
        (lease_id,),
    )
    return [(is_part, Started(*row)) for is_part, *row in cursor.fetchall()]
