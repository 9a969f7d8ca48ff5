"""Finds jobs whose ends are to be followed, and locks what following them touches."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from jobs.sql import Cursor, Statement, array, uuids
from jobs.states import JobState
from scheduling.choices import ExecutionMode
from scheduling.firing.definition import WORK
from scheduling.following.decision import Ended, Streak, Wishes

_FIND = Statement(
    """
    SELECT id::text, task_id::text FROM jobs_job
     WHERE follow_up AND completed_at IS NOT NULL ORDER BY completed_at LIMIT $1
    """
)

# Whoever locks both, locks a task before its jobs. All at once and waiting for none, so that
# nobody is waited for who waits for us: what is locked is left to the next look.
_LOCK = Statement(
    f"""
    SELECT task.id::text, task.periodic_task_id, {WORK}, task.checked_schema, task.execution_mode,
           task.on_success_id::text, task.on_failure_id::text, task.pause_after_failures,
           task.failures, periodic.enabled
      FROM scheduling_task task
      JOIN django_celery_beat_periodictask periodic ON periodic.id = task.periodic_task_id
     WHERE task.id = ANY($1::uuid[])
        OR task.id IN (SELECT unnest(ARRAY[on_success_id, on_failure_id])
                         FROM scheduling_task WHERE id = ANY($1::uuid[]))
     ORDER BY task.id FOR NO KEY UPDATE OF task SKIP LOCKED
    """
)

_READ = Statement(
    """
    SELECT id::text, task_id::text, status, COALESCE(depth, 0) FROM jobs_job
     WHERE id = ANY($1::uuid[]) AND follow_up ORDER BY completed_at, id
    """
)


class Locked(NamedTuple):
    """A task whose row is locked. `work` is what `firing.definition.read_work` takes."""

    id: str
    periodic_task_id: int
    work: str
    schema: str
    mode: ExecutionMode
    wishes: Wishes
    streak: Streak


@dataclass(frozen=True, slots=True)
class Found:
    """Ended jobs in the order of their ends, and the tasks that are locked, by id.

    `left` counts jobs that are for the next look: something of theirs was locked.
    """

    ended: list[Ended]
    tasks: dict[str, Locked]
    left: int


def find(cursor: Cursor, limit: int) -> Found | None:
    """The first jobs whose ends are to be followed, with their tasks locked; None if none is."""
    _FIND.run(cursor, limit)
    rows = cursor.fetchall()
    if not rows:
        return None
    tasks, ready = lock_tasks(cursor, {task_id for _, task_id in rows})
    _READ.run(cursor, uuids(id_ for id_, task_id in rows if task_id in ready))
    ended = [
        Ended(id_, task_id, JobState(status), depth)
        for id_, task_id, status, depth in cursor.fetchall()
    ]
    return Found(ended, tasks, sum(task_id not in ready for _, task_id in rows))


def lock_tasks(cursor: Cursor, ids: Collection[str]) -> tuple[dict[str, Locked], set[str]]:
    """Locks tasks and those that they name; and which of `ids` have all that they need.

    A task that was deleted needs nothing.
    """
    _LOCK.run(cursor, uuids(ids))
    tasks = {row[0]: _locked(row) for row in cursor.fetchall()}
    cursor.execute("SELECT id::text FROM scheduling_task WHERE id = ANY(%s::uuid[])", (array(ids),))
    existing = {row[0] for row in cursor.fetchall()}
    ready = {id_ for id_ in ids if id_ not in existing or _is_ready(id_, tasks)}
    return tasks, ready


def first_ended(cursor: Cursor) -> list[tuple[str, str]]:
    """The first job whose end is to be followed, and its task, if there is one."""
    _FIND.run(cursor, 1)
    return [(id_, task_id) for id_, task_id in cursor.fetchall()]


def _locked(row: tuple[object, ...]) -> Locked:
    id_, periodic_task_id, work, schema, mode, success, failure, limit, failures, enabled = row
    return Locked(
        id_, periodic_task_id, work, schema, ExecutionMode(mode),  # type: ignore[arg-type]
        Wishes(success, failure, limit), Streak(failures, enabled),  # type: ignore[arg-type]
    )  # fmt: skip


def _is_ready(id_: str, tasks: dict[str, Locked]) -> bool:
    if (task := tasks.get(id_)) is None:
        return False
    named = {task.wishes.on_success, task.wishes.on_failure} - {None}
    return named <= tasks.keys()
