"""How many final jobs there are, without counting them all."""

from __future__ import annotations

import json
from collections import Counter

from jobs.sql import Cursor
from jobs.states import FINAL

EXACT = 10_000
"""Final jobs that are counted one by one."""
EXACT_FAILURES = 50_000
"""Failed jobs likewise."""


def counts(cursor: Cursor) -> dict[tuple[str, str], int]:
    """Numbers by state and type. Exact for up to `EXACT` jobs in all; beyond that it is Postgres'
    own estimate of each state, divided among the types as the latest `EXACT` jobs are: to count
    millions would take seconds. Failures, which have an index, stay exact for longer.
    """
    latest = _latest(cursor)
    if latest.total() < EXACT:
        return dict(latest)
    return _estimates(cursor, latest) | _failures(cursor)


def _failures(cursor: Cursor) -> dict[tuple[str, str], int]:
    """Failed jobs by type, counted one by one; nothing where there are too many for that."""
    cursor.execute(
        """
        SELECT type, count(*)
          FROM (SELECT type FROM jobs_job WHERE error IS NOT NULL AND status = 'failed'
                 LIMIT %s) failed
         GROUP BY type
        """,
        (EXACT_FAILURES,),
    )
    found = {("failed", type_): count for type_, count in cursor.fetchall()}
    return found if sum(found.values()) < EXACT_FAILURES else {}


def _estimates(cursor: Cursor, latest: Counter[tuple[str, str]]) -> dict[tuple[str, str], int]:
    return {
        (status, type_): round(share * _estimate(cursor, status))
        for status in sorted(FINAL)
        for type_, share in _shares(latest, status).items()
    }


def _latest(cursor: Cursor) -> Counter[tuple[str, str]]:
    cursor.execute(
        """
        SELECT status, type, count(*)
          FROM (SELECT status, type FROM jobs_job WHERE completed_at IS NOT NULL
                 ORDER BY completed_at DESC LIMIT %s) latest
         GROUP BY status, type ORDER BY status, type
        """,
        (EXACT,),
    )
    return Counter({(status, type_): count for status, type_, count in cursor.fetchall()})


def _shares(latest: Counter[tuple[str, str]], status: str) -> dict[str, float]:
    """What part of a state each type has; where the latest jobs have none of it, of them all."""
    of_status = {type_: n for (its_status, type_), n in latest.items() if its_status == status}
    if not of_status:
        of_all: Counter[str] = Counter()
        for (_, type_), n in latest.items():
            of_all[type_] += n
        of_status = dict(of_all)
    whole = sum(of_status.values())
    return {type_: n / whole for type_, n in of_status.items()}


def _estimate(cursor: Cursor, status: str) -> int:
    cursor.execute("EXPLAIN (FORMAT JSON) SELECT FROM jobs_job WHERE status = %s", (status,))
    row = cursor.fetchone()
    plan = row[0] if row else "[]"
    plan = json.loads(plan) if isinstance(plan, str) else plan
    return int(plan[0]["Plan"]["Plan Rows"])
