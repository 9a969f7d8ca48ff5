"""Makes a job of a task at once, because somebody or something asked for it."""

from __future__ import annotations

from jobs.ids import uuid7
from jobs.sql import Cursor
from scheduling.choices import ExecutionMode
from scheduling.errors import TaskNotFound
from scheduling.firing import fitness, modes
from scheduling.firing.definition import WORK, read_work
from scheduling.firing.ticks import Made, Tick, make

_LOCK = f"""
    SELECT task.id::text, task.periodic_task_id, {WORK}, task.checked_schema, task.execution_mode
      FROM scheduling_task task WHERE task.id = %s FOR NO KEY UPDATE
"""


def trigger(
    cursor: Cursor,
    task_id: str,
    *,
    payload: str | None = None,
    priority: int | None = None,
    actor: str = "",
) -> Made:
    """Makes a job of the task, be it enabled or not; its id and the state that it is born in.

    `payload` is JSON text that was checked. Raises `TaskNotFound`, `UnknownJobType`.
    """
    cursor.execute(_LOCK, (task_id,))
    row = cursor.fetchone()
    if row is None:
        raise TaskNotFound(id=task_id)
    found, periodic_task_id, work_text, schema, mode = row
    work = read_work(work_text)
    tick = Tick(
        uuid7(), periodic_task_id, found, None, work,
        payload=payload, priority=priority, submitted_by=actor,
    )  # fmt: skip
    if payload is None and schema != work.schema:
        fitness.check(cursor, [tick], [found])
    modes.admit(cursor, [tick], {found: ExecutionMode(mode)})
    (made,) = make(cursor, [tick])
    return made
