"""Writes how many jobs of a task failed in a row, and pauses tasks that failed too often."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Mapping

from jobs.sql import Cursor, array, numbers, uuids
from scheduling.following.decision import Ended

logger = logging.getLogger("celeriac.following")


def write(cursor: Cursor, failures: Mapping[str, int]) -> None:
    """Failures in a row, by the ids of tasks."""
    if failures:
        cursor.execute(
            """
            UPDATE scheduling_task task SET failures = n.failures
              FROM unnest(%s::uuid[], %s::int[]) AS n (id, failures) WHERE task.id = n.id
            """,
            (uuids(failures), numbers(failures.values())),
        )


def lock_switches(cursor: Cursor, task_ids: Collection[str]) -> set[str]:
    """Locks where it is written whether these tasks are enabled; those that nobody has locked.

    An edit locks that before the task, so that waiting for it here could be a deadlock.
    """
    cursor.execute(
        """
        SELECT task.id::text
          FROM scheduling_task task
          JOIN django_celery_beat_periodictask periodic ON periodic.id = task.periodic_task_id
         WHERE task.id = ANY(%s::uuid[])
           FOR NO KEY UPDATE OF periodic SKIP LOCKED
        """,
        (uuids(task_ids),),
    )
    return {row[0] for row in cursor.fetchall()}


def pause(cursor: Cursor, reasons: Mapping[str, tuple[Ended, int]]) -> None:
    """Pauses tasks: by their ids, the job whose failure was the last straw, and its number."""
    if not reasons:
        return
    cursor.execute(
        """
        WITH paused AS (
            UPDATE scheduling_task task
               SET pause_reason = n.reason || jsonb_build_object('at', now())
              FROM unnest(%s::uuid[], %s::jsonb[]) AS n (id, reason)
             WHERE task.id = n.id
            RETURNING task.periodic_task_id
        )
        UPDATE django_celery_beat_periodictask periodic SET enabled = false
          FROM paused WHERE periodic.id = paused.periodic_task_id
        RETURNING periodic.name
        """,
        (uuids(reasons), array(_reason(*why) for why in reasons.values())),
    )
    for (name,) in cursor.fetchall():
        logger.warning("The task %r failed too often in a row and is paused.", name)


def _reason(ended: Ended, failures: int) -> str:
    times = "once" if failures == 1 else f"{failures} times in a row"
    message = f"It failed {times}, so it paused itself (pause_after_failures)."
    return json.dumps({"code": "failed_too_often", "message": message, "job": ended.id})
