"""What happens to a job in an executor's hands.

Such a job carries the id of its execution, and every verb here but `assign` names that id, so
that a late result of a lost execution changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from jobs import events
from jobs.sql import Cursor, Statement, array, numbers, uuids
from jobs.states import JobState, sources


class Placed(NamedTuple):
    """A job in an executor's hands: the pair that the fence compares."""

    job_id: str
    execution_id: str


class Started(NamedTuple):
    """What a worker needs to run a job, `now` being the start in seconds since the epoch."""

    job_id: str
    execution_id: str
    type: str
    payload: str
    attempt: int
    max_attempts: int
    timeout: float | None
    cancelled: bool
    now: float


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


_ASSIGN = Statement(
    """
    UPDATE jobs_job job
       SET status = 'assigned', execution_id = n.execution_id, executor = n.executor
      FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS n (id, execution_id, executor)
     WHERE job.id = n.id AND job.status = ANY($4)
    RETURNING job.id::text, job.attempt
    """
)


def assign(cursor: Cursor, placed: Sequence[tuple[Placed, str]]) -> dict[str, int]:
    """Gives queued jobs to executors (`(pair, executor's name)`); the attempts so far by id."""
    placed = sorted(placed)
    _ASSIGN.run(
        cursor,
        uuids(pair.job_id for pair, _ in placed),
        uuids(pair.execution_id for pair, _ in placed),
        array(executor for _, executor in placed),
        sources("assign"),
    )
    return dict(cursor.fetchall())


_START = Statement(
    """
    UPDATE jobs_job job
       SET status = 'running', started_at = now(), attempt = attempt + 1, progress = NULL
      FROM unnest($1::uuid[], $2::uuid[]) AS n (id, execution_id)
     WHERE job.id = n.id AND job.execution_id = n.execution_id AND job.status = ANY($3)
    RETURNING job.id::text, job.execution_id::text, job.type, job.payload::text, job.attempt,
              job.max_attempts, job.timeout, job.cancel_requested_at IS NOT NULL,
              extract(epoch FROM now())::float8
    """
)


def start(cursor: Cursor, placed: Sequence[Placed]) -> list[Started]:
    """An executor begins with these; those it may no longer run are left out."""
    _START.run(cursor, *pairs(placed), sources("start"))
    return [Started(*row) for row in cursor.fetchall()]


_FINISH = Statement(
    """
    UPDATE jobs_job job
       SET status = o.status,
           result = o.result,
           error = o.error,
           started_at = CASE WHEN o.status = 'scheduled' THEN NULL
                             ELSE to_timestamp(o.started_at) END,
           completed_at = CASE WHEN o.status = 'scheduled' THEN NULL
                               ELSE to_timestamp(o.completed_at) END,
           available_at = CASE WHEN o.status = 'scheduled'
                               THEN now() + o.delay * interval '1 s'
                               ELSE job.available_at END,
           execution_id = CASE WHEN o.status = 'scheduled' THEN NULL
                               ELSE job.execution_id END
      FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[], $5::jsonb[],
                  $6::float8[], $7::float8[], $8::float8[])
        AS o (id, execution_id, status, result, error, started_at, completed_at, delay)
     WHERE job.id = o.id AND job.execution_id = o.execution_id AND job.status = ANY($9)
    RETURNING job.id::text
    """
)


def finish(cursor: Cursor, outcomes: Sequence[Outcome]) -> list[str]:
    """Writes outcomes; the ids of the jobs whose outcome counted."""
    outcomes = sorted(outcomes, key=lambda outcome: outcome.job_id)
    _FINISH.run(
        cursor,
        uuids(o.job_id for o in outcomes),
        uuids(o.execution_id for o in outcomes),
        array(o.state for o in outcomes),
        array(o.result for o in outcomes),
        array(o.error for o in outcomes),
        numbers(o.started_at for o in outcomes),
        numbers(o.completed_at for o in outcomes),
        numbers(o.delay for o in outcomes),
        sources("finish"),
    )
    accepted = [row[0] for row in cursor.fetchall()]
    if retried := [o for o in outcomes if o.state == JobState.SCHEDULED]:
        _after_failed_attempts(cursor, retried, set(accepted))
    return accepted


def _after_failed_attempts(cursor: Cursor, retried: list[Outcome], accepted: set[str]) -> None:
    """Records the retries; one that somebody cancelled meanwhile is not tried again."""
    retried = [outcome for outcome in retried if outcome.job_id in accepted]
    ids = [outcome.job_id for outcome in retried]
    events.record(
        cursor, events.RETRIED, [(o.job_id, {"error": o.error, "delay": o.delay}) for o in retried]
    )
    cursor.execute(
        """
        UPDATE jobs_job
           SET status = 'cancelled', completed_at = now()
         WHERE id = ANY(%s::uuid[]) AND status = ANY(%s) AND cancel_requested_at IS NOT NULL
        """,
        (array(ids), sources("cancel")),
    )


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


def pairs(placed: Sequence[Placed]) -> tuple[str, str]:
    """Job ids and execution ids as array literals, in the order of job ids."""
    placed = sorted(placed)
    return uuids(pair.job_id for pair in placed), uuids(pair.execution_id for pair in placed)
