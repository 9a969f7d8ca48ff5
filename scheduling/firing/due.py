"""Which ticks are due."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from jobs.sql import Cursor, Statement, uuids
from scheduling.choices import ExecutionMode
from scheduling.firing.definition import JOINS, TIMETABLE, WORK


class Due(NamedTuple):
    """A PeriodicTask whose next run has come; `task_id` is None for a user's own Celery task."""

    periodic_task_id: int
    at: datetime
    task_id: str | None
    timetable: str
    work: str
    schema: str
    """The digest of the payload's schema that the payload was last found to fit."""
    mode: ExecutionMode
    has_problem: bool


_SELECT = Statement(
    f"""
    WITH run AS MATERIALIZED (  -- as an IN (...) the planner may run it, and its LIMIT, once a row
        SELECT periodic_task_id, at FROM scheduling_nextrun
         WHERE at <= now() ORDER BY at LIMIT $1 FOR UPDATE SKIP LOCKED
    )
    SELECT run.periodic_task_id, run.at, task.id::text, {TIMETABLE}, {WORK}, task.checked_schema,
           task.execution_mode, task.problem IS NOT NULL
      FROM run {JOINS}
     ORDER BY run.at, task.id  -- jobs that are made in this order lie together in indexes
    """
)

_LOCK_TASKS = Statement(
    """
    SELECT id::text FROM scheduling_task
     WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
    """
)


def select(cursor: Cursor, limit: int) -> list[Due]:
    """Locks and returns the first due ones."""
    _SELECT.run(cursor, limit)
    return [Due(*row) for row in cursor.fetchall()]


def lock_tasks(cursor: Cursor, due: list[Due]) -> list[Due]:
    """Locks the tasks whose mode looks at their other jobs; without those that are locked.

    An edit locks its task first and the next run second, which is the other way round: so beat
    never waits for a task, and a tick whose task is being edited is left to the next round.
    """
    wary = [row.task_id for row in due if row.task_id and row.mode != ExecutionMode.PARALLEL]
    if not wary:
        return due
    _LOCK_TASKS.run(cursor, uuids(wary))
    locked = {row[0] for row in cursor.fetchall()}
    return [row for row in due if row.mode == ExecutionMode.PARALLEL or row.task_id in locked]
