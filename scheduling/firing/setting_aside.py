"""Stops what can't be fired until somebody edits it."""

from __future__ import annotations

import json

from jobs.sql import Cursor
from scheduling.firing import changes, due, problems
from scheduling.firing.ticks import Move, move


def set_due_aside(cursor: Cursor, reason: str) -> None:
    """The first of those that are due."""
    _stop(cursor, [row.periodic_task_id for row in due.select(cursor, 1)], reason)


def set_changed_aside(cursor: Cursor, reason: str) -> None:
    """The first of those whose schedules were edited."""
    _stop(cursor, changes.lock_changed(cursor, 1), reason)


def set_ended_aside(cursor: Cursor, reason: str) -> None:
    """The first of those that waited for the end of a job."""
    _stop(cursor, changes.lock_ended(cursor, 1), reason)


def _stop(cursor: Cursor, periodic_task_ids: list[int], reason: str) -> None:
    move(cursor, [Move(id_, None) for id_ in periodic_task_ids])
    cursor.execute(
        "SELECT id::text FROM scheduling_task WHERE periodic_task_id = ANY(%s)",
        (periodic_task_ids,),
    )
    text = json.dumps({"code": "not_fired", "message": reason[:2000]})
    problems.mark(cursor, {row[0]: text for row in cursor.fetchall()})
