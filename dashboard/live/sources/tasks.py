"""Tasks that a page shows: when they run, what is wrong with them, and pieces of the page."""

from __future__ import annotations

from collections.abc import Collection

from dashboard.live.sources import task_pieces
from dashboard.live.sources.source import Data, ids
from jobs.sql import Cursor, uuids

UNFINISHED_MAX = 100
"""Unfinished jobs of a task that are counted."""
COLUMNS = ("enabled", "next_run_at", "last_run_at", "problem", "failures", "unfinished")


def read(cursor: Cursor, lists: Collection[str]) -> dict[str, Data]:
    """By list of ids: `{<id>: {enabled, next_run_at, …}, <id>.next: HTML, …}` of each task."""
    shown = {each: ids(each) for each in lists}
    wanted = {id_ for its in shown.values() for id_ in its}
    cursor.execute(
        """
        SELECT task.id::text, periodic.enabled, next_run.at, next_run.last_at,
               task.problem ->> 'code', task.failures,
               (SELECT count(*) FROM (SELECT FROM jobs_job job
                                       WHERE job.task_id = task.id AND job.is_active LIMIT %s) x)
          FROM scheduling_task task
          JOIN django_celery_beat_periodictask periodic ON periodic.id = task.periodic_task_id
          LEFT JOIN scheduling_nextrun next_run ON next_run.periodic_task_id = periodic.id
         WHERE task.id = ANY(%s::uuid[])
        """,
        (UNFINISHED_MAX, uuids(wanted)),
    )
    found = {id_: dict(zip(COLUMNS, row, strict=True)) for id_, *row in cursor.fetchall()}
    pieces = task_pieces.read(cursor, found)
    return {
        each: {
            key: value
            for id_ in its
            if id_ in found
            for key, value in ({id_: found[id_]} | pieces.get(id_, {})).items()
        }
        for each, its in shown.items()
    }
