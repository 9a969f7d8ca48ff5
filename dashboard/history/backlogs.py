"""Writes how many jobs are not final, look by look, added up by span."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from dashboard.history.spans import KEPT, floor
from dashboard.models import Backlog
from jobs.sql import Cursor

Group = tuple[str, str, str, int]
"""Status, type, executor (empty while it has none) and priority."""


def look(cursor: Cursor, now: datetime) -> None:
    """Looks once, and adds what there is to the spans that the moment is in."""
    seen = _read(cursor)
    for span in KEPT:
        row, _ = Backlog.objects.select_for_update().get_or_create(
            span=span, start=floor(now, span), defaults={"looks": 0, "groups": []}
        )
        row.looks += 1
        row.groups = pack(unpack(row.groups) + seen)
        row.save(update_fields=["looks", "groups"])


def unpack(groups: Iterable[tuple[str, str, str, int, int]]) -> Counter[Group]:
    """Jobs by group, as they were packed."""
    return Counter({(status, type_, executor, priority): count
                    for status, type_, executor, priority, count in groups})  # fmt: skip


def pack(groups: Counter[Group]) -> list[list[str | int]]:
    """As JSON keeps them."""
    return [[*group, count] for group, count in sorted(groups.items())]


def _read(cursor: Cursor) -> Counter[Group]:
    cursor.execute(
        """
        SELECT status, type, CASE WHEN status IN ('assigned', 'running')
                                  THEN coalesce(executor, '') ELSE '' END, priority, count(*)
          FROM jobs_job WHERE is_active GROUP BY 1, 2, 3, 4
        """
    )
    return unpack(cursor.fetchall())
