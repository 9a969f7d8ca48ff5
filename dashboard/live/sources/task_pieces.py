"""Pieces of the pages of tasks that change by themselves, as HTML."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.template.loader import render_to_string

from dashboard.tasks import outcomes
from jobs.sql import Cursor, uuids
from scheduling.defining.timing import MARKER

PIECES = ("next", "last", "state", "dots")
"""Templates of `ui/tasks/`, and the ends of the keys."""
COLUMNS = ("id", "enabled", "next_run_at", "last_run_at", "problem_message", "cron_expression")

_QUERY = """
    SELECT task.id::text, periodic.enabled, run.at, run.last_at, task.problem ->> 'message',
           COALESCE(task.cron_expression,
                    CASE WHEN COALESCE(interval.every, 0) <> %s THEN 'shown elsewhere' END)
      FROM scheduling_task task
      JOIN django_celery_beat_periodictask periodic ON periodic.id = task.periodic_task_id
      LEFT JOIN django_celery_beat_intervalschedule interval ON interval.id = periodic.interval_id
      LEFT JOIN scheduling_nextrun run ON run.periodic_task_id = periodic.id
     WHERE task.id = ANY(%s::uuid[])
"""


_BACKFILLS = """
    SELECT task_id::text, sum(position), count(ended_at) FROM scheduling_backfill
     WHERE task_id = ANY(%s::uuid[]) GROUP BY task_id
"""


def read(cursor: Cursor, task_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """By task: `{<id>.next: HTML, …}`, and `<id>.backfills`, which changes as they move on."""
    cursor.execute(_QUERY, (MARKER[0], uuids(task_ids)))
    tasks = [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]
    dots = outcomes.latest([task["id"] for task in tasks])
    cursor.execute(_BACKFILLS, (uuids(task_ids),))
    moved = {id_: [int(done), ended] for id_, done, ended in cursor.fetchall()}
    return {
        task["id"]: _pieces(task, dots.get(task["id"], []))
        | {f"{task['id']}.backfills": moved.get(task["id"])}
        for task in tasks
    }


def _pieces(task: dict[str, Any], dots: list[outcomes.Outcome]) -> dict[str, Any]:
    message = task["problem_message"]
    shown = task | {
        "problem": {"message": message} if message else None,
        "dots": dots[::-1],
        "dots_in_words": outcomes.in_words(dots),
    }
    return {
        f"{task['id']}.{name}": render_to_string(f"ui/tasks/{name}.html", {"task": shown})
        for name in PIECES
    }
