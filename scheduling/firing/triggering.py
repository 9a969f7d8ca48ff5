"""Makes a job of a task at once, because somebody or something asked for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from jobs import labels
from jobs.ids import uuid7
from jobs.sql import Cursor
from scheduling.choices import ExecutionMode
from scheduling.errors import TaskNotFound
from scheduling.firing import fitness, modes
from scheduling.firing.definition import REQUIRES, WORK, read_work
from scheduling.firing.ticks import Made, Tick, make


class Locked(NamedTuple):
    """A task whose row is locked. `work` is what `definition.read_work` takes."""

    id: str
    periodic_task_id: int
    work: str
    schema: str
    mode: ExecutionMode


_LOCK = f"""
    SELECT task.id::text, task.periodic_task_id, {WORK}, task.checked_schema, task.execution_mode
      FROM scheduling_task task WHERE task.id = %s FOR NO KEY UPDATE
"""


def lock_task(cursor: Cursor, task_id: str) -> Locked:
    """Locks a task until the end of the transaction; raises `TaskNotFound`."""
    cursor.execute(_LOCK, (task_id,))
    row = cursor.fetchone()
    if row is None:
        raise TaskNotFound(id=task_id)
    return Locked(*row)


def trigger(
    cursor: Cursor,
    task_id: str,
    *,
    payload: str | None = None,
    priority: int | None = None,
    requires: Mapping[str, str] | None = None,
    actor: str = "",
) -> Made:
    """Makes a job of the task, be it enabled or not; its id and the state that it is born in.

    `payload` is JSON text that was checked, `requires` are labels beside those of the task.
    Raises `TaskNotFound`, `UnknownJobType`.
    """
    task = lock_task(cursor, task_id)
    work, needed = task.work, None
    if requires:
        columns = json.loads(task.work)
        columns[REQUIRES] |= requires
        work, needed = json.dumps(columns), labels.canonical(columns[REQUIRES])
    tick = Tick(
        uuid7(), task.periodic_task_id, task.id, None, read_work(work),
        payload=payload, priority=priority, requires=needed, submitted_by=actor,
    )  # fmt: skip
    if payload is None and task.schema != tick.work.schema:
        fitness.check(cursor, [tick], [task.id])
    modes.admit(cursor, [tick], {task.id: task.mode})
    (made,) = make(cursor, [tick])
    return made
