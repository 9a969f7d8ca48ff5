"""What happens to a job in an executor's hands.

Such a job carries the id of its execution, and every verb here but `assign` names that id, so
that a late result of a lost execution changes nothing.

The frequent verbs are SQL for a WITH clause: `executors.leases` puts them into one statement with
what happens to executions and leases, since on a fast network round trips cost more than rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from jobs.sql import Cursor
from jobs.states import JobState, in_sources


class Placed(NamedTuple):
    """A job in an executor's hands: the pair that the fence compares."""

    job_id: str
    execution_id: str


class Started(NamedTuple):
    """What a worker needs to run a job, `now` being the start in seconds since the epoch.

    `retry` is its policy as JSON text, `parent_id` the job whose end triggered it.
    """

    job_id: str
    execution_id: str
    type: str
    payload: str
    attempt: int
    max_attempts: int
    timeout: float | None
    cancelled: bool
    now: float
    retry: str | None = None
    parent_id: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an execution ended. `result` and `error` are JSON text; times are epoch seconds.

    `state` is COMPLETED, FAILED, CANCELLED, or SCHEDULED for another attempt after `delay` s.
    """

    job_id: str
    execution_id: str
    state: JobState
    started_at: float
    completed_at: float
    result: str | None = None
    error: str | None = None
    delay: float = 0.0


ASSIGN = f"""
    UPDATE jobs_job job
       SET status = 'assigned', execution_id = placed.execution_id, executor = placed.executor
      FROM placed
     WHERE job.id = placed.job_id AND job.status IN ({in_sources("assign")})
    RETURNING job.id AS job_id, job.execution_id, job.attempt
"""
"""Gives queued jobs to executors: `placed (job_id, execution_id, executor)`."""

START = f"""
    UPDATE jobs_job job
       SET status = 'running', started_at = now(), attempt = attempt + 1, progress = NULL
      FROM placed
     WHERE job.id = placed.job_id AND job.execution_id = placed.execution_id
       AND job.status IN ({in_sources("start")})
    RETURNING job.id AS job_id, job.execution_id, job.type, job.payload, job.attempt,
              job.max_attempts, job.timeout, job.cancel_requested_at IS NOT NULL AS cancelled,
              job.retry, job.parent_id
"""
"""An executor begins with the jobs in `placed (job_id, execution_id)`; see `Started`."""

FINISH = f"""
    UPDATE jobs_job job
       SET status = CASE WHEN o.state = 'scheduled' AND job.cancel_requested_at IS NOT NULL
                         THEN 'cancelled' ELSE o.state END,
           result = o.result,
           error = o.error,
           started_at = CASE WHEN o.state = 'scheduled' THEN NULL
                             ELSE to_timestamp(o.started_at) END,
           completed_at = CASE WHEN o.state = 'scheduled' AND job.cancel_requested_at IS NULL
                               THEN NULL ELSE to_timestamp(o.completed_at) END,
           available_at = CASE WHEN o.state = 'scheduled' AND job.cancel_requested_at IS NULL
                               THEN now() + o.delay * interval '1 s'
                               ELSE job.available_at END,
           execution_id = CASE WHEN o.state = 'scheduled' THEN NULL ELSE job.execution_id END
      FROM outcome o
     WHERE job.id = o.job_id AND job.execution_id = o.execution_id
       AND job.status IN ({in_sources("finish")})
    RETURNING job.id AS job_id, job.status
"""
"""Writes the outcomes in `outcome`, whose columns are the fields of `Outcome`.

A job that failed for now and was cancelled meanwhile is not tried again.
"""

NOTE_RETRIES = """
    INSERT INTO jobs_jobevent (job_id, kind, actor, data)
    SELECT finished.job_id, 'retried', '',
           jsonb_build_object('error', outcome.error, 'delay', outcome.delay)
      FROM finished
      JOIN outcome ON outcome.job_id = finished.job_id
     WHERE finished.status = 'scheduled'
"""
"""Adds an event for each attempt in `outcome` that another will follow, after `finished`."""


def report_progress(cursor: Cursor, placed: Placed, fraction: float, message: str) -> None:
    """Notes how far a running job is."""
    cursor.execute(
        """
        UPDATE jobs_job
           SET progress = jsonb_build_object('fraction', %s::float8, 'message', %s::text)
         WHERE id = %s AND execution_id = %s AND status = 'running'
        """,
        (fraction, message, placed.job_id, placed.execution_id),
    )
