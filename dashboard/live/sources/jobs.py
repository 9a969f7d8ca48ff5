"""Rows of jobs that a list shows, and how many newer ones there are."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Any

from dashboard.live.sources.source import Data, ids
from jobs.sql import Cursor, array, uuids

NEWER_MAX = 1000
"""Newer jobs that are counted."""
NOWHERE = "00000000-0000-0000-0000-000000000000"

COLUMNS = (
    "status", "priority", "executor", "attempt", "progress", "available_at", "started_at",
    "completed_at", "cancelling", "error",
)  # fmt: skip


def read(cursor: Cursor, lists: Collection[str]) -> dict[str, Data]:
    """By list of ids: `{status, priority, …}` of each that there is, and `newer`."""
    shown = {each: ids(each) for each in lists}
    found = rows(cursor, {id_ for its in shown.values() for id_ in its})
    newer = _newer(cursor, {max(its, default=NOWHERE) for its in shown.values()})
    return {
        each: {id_: found[id_] for id_ in its if id_ in found}
        | {"newer": newer[max(its, default=NOWHERE)]}
        for each, its in shown.items()
    }


def rows(cursor: Cursor, job_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """What may change of jobs, by id; those that are gone are left out."""
    cursor.execute(
        """
        SELECT id::text, status, priority, executor, attempt, progress, available_at, started_at,
               completed_at, cancel_requested_at IS NOT NULL, error ->> 'code'
          FROM jobs_job WHERE id = ANY(%s::uuid[])
        """,
        (uuids(job_ids),),
    )
    return {id_: _shaped(row) for id_, *row in cursor.fetchall()}


def _shaped(row: list[Any]) -> dict[str, Any]:
    shaped = dict(zip(COLUMNS, row, strict=True))
    shaped["progress"] = shaped["progress"] and json.loads(shaped["progress"])
    return shaped


def _newer(cursor: Cursor, newest: Iterable[str]) -> dict[str, int]:
    """How many jobs were made after each of these, as far as they are counted."""
    cursor.execute(
        """
        SELECT newest::text,
               (SELECT count(*) FROM (SELECT FROM jobs_job WHERE id > newest LIMIT %s) newer)
          FROM unnest(%s::uuid[]) AS newest
        """,
        (NEWER_MAX, array(newest)),
    )
    return dict(cursor.fetchall())
