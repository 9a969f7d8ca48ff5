"""Marks tasks whose ticks can't be made into jobs that could run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jobs.sql import Cursor, array


def mark(cursor: Cursor, problems: Mapping[str, str]) -> None:
    """Writes down what is wrong with tasks: JSON text by id."""
    if problems:
        _write(cursor, list(problems), list(problems.values()))


def unmark(cursor: Cursor, task_ids: Iterable[str]) -> None:
    """Nothing is wrong with these any more."""
    if ids := list(task_ids):
        _write(cursor, ids, [None] * len(ids))


def _write(cursor: Cursor, ids: list[str], texts: list[str] | list[None]) -> None:
    # A task that is being edited is marked at its next tick: beat waits for no edit.
    cursor.execute(
        """
        WITH found AS MATERIALIZED (
            SELECT task.id, n.problem
              FROM unnest(%s::uuid[], %s::jsonb[]) AS n (id, problem)
              JOIN scheduling_task task ON task.id = n.id
             WHERE task.problem IS DISTINCT FROM n.problem
             ORDER BY task.id FOR NO KEY UPDATE OF task SKIP LOCKED
        )
        UPDATE scheduling_task task SET problem = found.problem
          FROM found WHERE task.id = found.id
        """,
        (array(ids), array(texts)),
    )
