"""The unfinished jobs of tasks. The caller holds the locks of the tasks' rows.

Read by a statement of its own after those locks: who had them before has committed by then.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from jobs import lifecycle
from jobs.sql import Cursor, Statement, uuids
from jobs.states import JobState
from scheduling.modes.decision import REPLACED, Line

_LINES = Statement(
    """
    SELECT task.id::text, job.under_way, job.waiting, job.last_turn, task.max_pending
      FROM scheduling_task task,
           LATERAL (SELECT count(*) FILTER (WHERE status <> 'waiting') AS under_way,
                           count(*) FILTER (WHERE status = 'waiting') AS waiting,
                           COALESCE(max(turn), 0) AS last_turn
                      FROM jobs_job WHERE task_id = task.id AND is_active) job
     WHERE task.id = ANY($1::uuid[])
    """
)

_UNFINISHED = Statement(
    """
    SELECT id::text, task_id::text, status, cancel_requested_at IS NOT NULL
      FROM jobs_job WHERE task_id = ANY($1::uuid[]) AND is_active
    """
)


def read_lines(cursor: Cursor, task_ids: Collection[str]) -> dict[str, Line]:
    """How many jobs of each task are unfinished, by the task's id."""
    _LINES.run(cursor, uuids(task_ids))
    return {task_id: Line(*line) for task_id, *line in cursor.fetchall()}


def stop_unfinished(cursor: Cursor, lines: Mapping[str, Line]) -> dict[str, Line]:
    """Cancels what is unfinished of these tasks, at once or by asking; the lines that are left.

    What runs has been asked to stop, and is under way until it has.
    """
    _UNFINISHED.run(cursor, uuids(lines))
    found = cursor.fetchall()
    to_stop = [id_ for id_, _, _, was_asked in found if not was_asked]
    fates = lifecycle.cancel(cursor, to_stop, "", reason=REPLACED) if to_stop else {}
    left = dict.fromkeys(lines, 0)
    for id_, task_id, status, was_asked in found:
        asked_before = was_asked and status != JobState.WAITING
        left[task_id] += asked_before or fates.get(id_) == "requested"
    return {
        task_id: Line(left[task_id], 0, line.last_turn, line.limit)
        for task_id, line in lines.items()
    }
