"""Calls the next job in a task's line. The caller holds the locks of the tasks' rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from jobs import lifecycle
from jobs.sql import Cursor, Statement, array, uuids
from scheduling.choices import ExecutionMode

_NEXT = Statement(
    """
    SELECT job.id::text
      FROM unnest($1::uuid[], $2::bool[]) AS task (id, all_at_once),
           LATERAL (SELECT id, turn, min(turn) OVER () AS next FROM jobs_job
                     WHERE task_id = task.id AND turn IS NOT NULL AND is_active
                       AND status = 'waiting') job
     WHERE task.all_at_once
        OR job.turn = job.next
       AND NOT EXISTS (SELECT FROM jobs_job other
                        WHERE other.task_id = task.id AND other.is_active
                          AND other.status <> 'waiting')
    """
)

# From one task to the next along the index, however many wait in each line.
_STUCK = """
    WITH RECURSIVE line (task_id) AS (
        (SELECT task_id FROM jobs_job WHERE turn IS NOT NULL AND is_active
          ORDER BY task_id LIMIT 1)
        UNION ALL
        SELECT (SELECT job.task_id FROM jobs_job job
                 WHERE job.turn IS NOT NULL AND job.is_active AND job.task_id > line.task_id
                 ORDER BY job.task_id LIMIT 1)
          FROM line WHERE line.task_id IS NOT NULL
    )
    SELECT line.task_id::text
      FROM line
      LEFT JOIN scheduling_task task ON task.id = line.task_id
     WHERE line.task_id IS NOT NULL
       AND (task.execution_mode = 'parallel'
            OR NOT EXISTS (SELECT FROM jobs_job other
                            WHERE other.task_id = line.task_id AND other.is_active
                              AND other.status <> 'waiting'))
"""


def call_next(cursor: Cursor, modes: Mapping[str, ExecutionMode]) -> list[str]:
    """Queues the next job of each task where none is under way; the jobs' ids.

    Where a task has become parallel meanwhile, all that still wait.
    """
    if not modes:
        return []
    _NEXT.run(
        cursor,
        uuids(modes),
        array(mode == ExecutionMode.PARALLEL for mode in modes.values()),
    )
    ids = [row[0] for row in cursor.fetchall()]
    return lifecycle.take_turn(cursor, ids) if ids else []


def stuck(cursor: Cursor) -> Collection[str]:
    """Tasks whose lines could go on and don't: nobody noticed the end, or the mode was changed."""
    cursor.execute(_STUCK)
    return [row[0] for row in cursor.fetchall()]
