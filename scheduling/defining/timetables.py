"""When a stored task fires, exactly as beat sees it."""

from __future__ import annotations

from django.db import connection

from jobs.sql import Statement
from scheduling.errors import TaskNotFound
from scheduling.firing.definition import JOINS, TIMETABLE, Timetable, read_timetable

_READ = Statement(
    f"""
    SELECT {TIMETABLE} FROM scheduling_nextrun run {JOINS} WHERE task.id = $1::uuid
    """  # noqa: S608  (our own constants)
)


def of_task(task_id: str) -> Timetable:
    """The timetable of a task; raises `TaskNotFound`, or what keeps beat from following it."""
    with connection.cursor() as cursor:
        _READ.run(cursor, task_id)
        row = cursor.fetchone()
    if row is None:
        raise TaskNotFound(id=task_id)
    return read_timetable(row[0])
