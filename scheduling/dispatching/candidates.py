"""Who waits: the first queued jobs of each placement class."""

from __future__ import annotations

from collections.abc import Mapping

from jobs.sql import Cursor, Statement, array
from scheduling.dispatching.queued_jobs import CLASSES, columns, queued_job
from scheduling.placement import QueuedJob

_CANDIDATES = Statement(
    f"""
    WITH RECURSIVE {CLASSES}
    SELECT job.*
      FROM class
      JOIN unnest($1::text[], $2::int[]) AS wish (type, wanted)
        ON wish.type = split_part(class.name, '/', 1),
           generate_series(0, 9) AS level (priority),
           LATERAL (
               SELECT {columns("queued")}
                 FROM jobs_job queued
                WHERE is_queued AND placement_class = class.name
                  AND priority = level.priority
                ORDER BY available_at, queued.id
                LIMIT wish.wanted
           ) job
    """
)


def read_candidates(cursor: Cursor, wanted: Mapping[str, int]) -> list[QueuedJob]:
    """The first `wanted[type]` queued jobs of each placement class at each priority.

    Each class is bounded for itself, so that jobs that can't be placed never hide those that can.
    """
    if not wanted:
        return []
    _CANDIDATES.run(cursor, array(wanted.keys()), array(wanted.values()))
    return [queued_job(*row) for row in cursor.fetchall()]
