"""Reads the timetables of all enabled tasks for the map of collisions, at a cost that has a bound.

A hundred thousand tasks have far fewer timetables: Postgres counts the tasks of each, and only the
`TIMETABLES` with the most tasks are looked at, within `SECONDS`. What was found is kept for
`KEPT` seconds, so that many open pages cost one look.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from django.db import connection

from dashboard.kept import Kept
from dashboard.tasks.collisions import Collisions, Group, count
from jobs.errors import CeleriacError
from jobs.sql import Statement
from jobs.timelimit import time_limit
from scheduling.firing.definition import JOINS, TIMETABLE, read_timetable

TIMETABLES = 4000
SECONDS = 5.0
KEPT = 60
NAMES = 3
"""Tasks of a timetable whose names are read."""

_QUERY = Statement(
    f"""
    SELECT timetable, count(*), min(name), max(name), sum(count(*)) OVER ()
      FROM (SELECT {TIMETABLE} AS timetable, periodic.name
              FROM scheduling_nextrun run {JOINS}
             WHERE task.id IS NOT NULL AND periodic.enabled AND run.at IS NOT NULL) AS task
     GROUP BY timetable ORDER BY count(*) DESC LIMIT $1
    """  # noqa: S608  (our own constants)
)


kept: Kept[Collisions] = Kept(KEPT)


def collisions() -> Collisions:
    """The ticks of the day that begins with this minute; raises `TookTooLong`."""
    start = datetime.now(UTC).replace(second=0, microsecond=0)
    return kept.get("collisions", lambda: _look(start))


def _look(start: datetime) -> Collisions:
    with time_limit(SECONDS), connection.cursor() as cursor:
        _QUERY.run(cursor, TIMETABLES)
        rows = cursor.fetchall()
    groups: dict[str, Group] = {}
    for text, tasks, first_name, last_name, _ in rows:
        try:
            timetable = read_timetable(text)
        except CeleriacError:
            continue
        names = tuple(dict.fromkeys((first_name, last_name)))
        key = _alike(text)
        before = groups.get(key)
        groups[key] = (
            Group(timetable, before.tasks + tasks, (*before.names, *names)[:NAMES])
            if before
            else Group(timetable, tasks, names)
        )
    return count(list(groups.values()), start, int(rows[0][4]) if rows else 0)


def _alike(text: str) -> str:
    """A timetable without what it says of late ticks, which are none of the coming day's."""
    values = json.loads(text)
    return json.dumps(values[:6] + values[9:])
