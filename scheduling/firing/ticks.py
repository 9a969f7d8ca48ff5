"""Makes jobs of ticks, and moves next runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from jobs.job_types.external import EXTERNAL
from jobs.lifecycle.ticks import TICK
from jobs.sql import Cursor, Statement, array, numbers, uuids
from jobs.states import JobState
from scheduling.firing.definition import NEEDED, Work


@dataclass(slots=True)
class Tick:
    """A job-to-be of a task. Whoever finds that it should not be queued changes `status`.

    `error` is JSON text, for one that is born final. A trigger by hand has no `scheduled_for`,
    and may have another payload, priority or labels (JSON texts) than the task. `turn` is its
    place in the task's line if it waits; one of a chain has a parent, and a depth from 1.
    """

    id: str
    periodic_task_id: int
    task_id: str
    scheduled_for: datetime | None
    work: Work
    status: str = JobState.QUEUED.value
    error: str | None = None
    payload: str | None = None
    priority: int | None = None
    requires: str | None = None
    submitted_by: str = ""
    turn: int | None = None
    parent_id: str | None = None
    depth: int | None = None


class Made(NamedTuple):
    """A job that was made, and the state that it is born in."""

    id: str
    status: str


@dataclass(frozen=True, slots=True)
class Move:
    """Where a next run goes: to `at`, or to wherever the job it waits for ends."""

    periodic_task_id: int
    at: datetime | None
    last_at: datetime | None = None
    awaited_job_id: str | None = None


_MAKE = Statement(
    f"""
    WITH tick AS MATERIALIZED (
        SELECT n.id, task.id AS task_id, n.scheduled_for, task.type,
               COALESCE(n.payload, task.payload) AS payload, periodic.name,
               COALESCE(n.priority, task.priority) AS priority, task.thread_demand, task.chunks,
               task.placement, task.on_shortage, COALESCE(n.requires, {NEEDED}) AS requires,
               n.placement_class, n.max_attempts, n.timeout, task.retry_policy AS retry,
               n.parent_id, n.depth, n.turn, COALESCE(n.submitted_by, '') AS submitted_by,
               task.load_balance_strategy,
               CASE WHEN task.type = '{EXTERNAL}' OR task.executor_group IS NOT NULL
                         OR task.handler IS NOT NULL
                    THEN jsonb_build_object(
                        'task_name', periodic.name,
                        'handler', COALESCE(task.handler, periodic.name),
                        'mode', task.execution_mode) END AS external,
               COALESCE(n.status, 'queued') AS status, n.error,
               CASE WHEN n.status IS DISTINCT FROM 'cancelled' AND (
                         task.execution_mode IN ('sequential', 'replace')
                         OR task.on_success_id IS NOT NULL OR task.on_failure_id IS NOT NULL
                         OR task.pause_after_failures IS NOT NULL)
                    THEN true END AS follow_up
          FROM unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::text[], $5::int[],
                      $6::float8[], $7::text[], $8::jsonb[], $9::jsonb[], $10::int[], $11::jsonb[],
                      $12::text[], $13::bigint[], $14::uuid[], $15::smallint[])
            AS n (id, periodic_task_id, scheduled_for, placement_class, max_attempts, timeout,
                  status, error, payload, priority, requires, submitted_by, turn, parent_id, depth)
          JOIN django_celery_beat_periodictask periodic ON periodic.id = n.periodic_task_id
          JOIN scheduling_task task ON task.periodic_task_id = n.periodic_task_id
    ), made AS ({TICK}
    )
    SELECT id::text, status FROM made
    """
)

_MOVE = Statement(
    """
    UPDATE scheduling_nextrun run
       SET at = move.at, last_at = COALESCE(move.last_at, run.last_at),
           awaited_job_id = move.awaited_job_id, changed_at = NULL
      FROM unnest($1::int[], $2::timestamptz[], $3::timestamptz[], $4::uuid[])
        AS move (id, at, last_at, awaited_job_id)
     WHERE run.periodic_task_id = move.id
    """
)


def make(cursor: Cursor, ticks: Sequence[Tick]) -> list[Made]:
    """Makes a job of each tick that none was made of yet; those made."""
    if not ticks:
        return []
    _MAKE.run(
        cursor,
        uuids(tick.id for tick in ticks),
        numbers(tick.periodic_task_id for tick in ticks),
        _moments(tick.scheduled_for for tick in ticks),
        array(tick.work.placement_class for tick in ticks),
        numbers(tick.work.max_attempts for tick in ticks),
        _sparse([tick.work.timeout for tick in ticks]),
        _sparse([None if tick.status == JobState.QUEUED else tick.status for tick in ticks]),
        _sparse([tick.error for tick in ticks]),
        _sparse([tick.payload for tick in ticks]),
        _sparse([tick.priority for tick in ticks]),
        _sparse([tick.requires for tick in ticks]),
        _sparse([tick.submitted_by or None for tick in ticks]),
        _sparse([tick.turn for tick in ticks]),
        _sparse([tick.parent_id for tick in ticks]),
        _sparse([tick.depth for tick in ticks]),
    )
    return [Made(*row) for row in cursor.fetchall()]


def move(cursor: Cursor, moves: Sequence[Move]) -> None:
    """Moves next runs, which the caller has locked."""
    if moves:
        _MOVE.run(
            cursor,
            numbers(move.periodic_task_id for move in moves),
            _moments(move.at for move in moves),
            _moments(move.last_at for move in moves),
            _sparse([move.awaited_job_id for move in moves]),
        )


def _sparse(values: list[object]) -> str:
    """An array of what most ticks have none of: `unnest` fills up the shorter ones with NULL."""
    return "{}" if values.count(None) == len(values) else array(values)


def _moments(values: Iterable[datetime | None]) -> str:
    """An array of times, of which thousands may be the same."""
    texts: dict[datetime | None, str] = {None: "NULL"}
    found = []
    for value in values:
        if (text := texts.get(value)) is None:
            text = texts[value] = f'"{value}"'
        found.append(text)
    return "{" + ",".join(found) + "}"
