"""How many final jobs there are, without counting them all."""

from __future__ import annotations

import json

from jobs.sql import Cursor
from jobs.states import FINAL

EXACT = 10_000
"""Jobs of one state that are counted one by one."""


def counts(cursor: Cursor) -> list[tuple[str, str, int]]:
    """State, type and number; exact for up to `EXACT` jobs in a state. Beyond that it is Postgres'
    own estimate of the state, divided among the types as the latest `EXACT` are: to count
    millions would take a second.
    """
    found: list[tuple[str, str, int]] = []
    for status in sorted(FINAL):
        by_type = _latest(cursor, status)
        latest = sum(by_type.values())
        whole = latest if latest < EXACT else max(latest, _estimate(cursor, status))
        found += [(status, type_, round(n * whole / latest)) for type_, n in by_type.items()]
    return found


def _latest(cursor: Cursor, status: str) -> dict[str, int]:
    cursor.execute(
        """
        SELECT type, count(*)
          FROM (SELECT type FROM jobs_job WHERE status = %s ORDER BY id DESC LIMIT %s) latest
         GROUP BY type ORDER BY type
        """,
        (status, EXACT),
    )
    return dict(cursor.fetchall())


def _estimate(cursor: Cursor, status: str) -> int:
    cursor.execute("EXPLAIN (FORMAT JSON) SELECT FROM jobs_job WHERE status = %s", (status,))
    row = cursor.fetchone()
    plan = row[0] if row else "[]"
    plan = json.loads(plan) if isinstance(plan, str) else plan
    return int(plan[0]["Plan"]["Plan Rows"])
