"""What a Celery worker went through lately: its starts, and what it lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from executors.models import Executor
from jobs.sql import Cursor

EVENTS = 20_000
"""Events of all jobs, which a normal life has none of, among which losses are looked for."""
LEASES = 20_000
"""Leases of all executors among which earlier starts are looked for."""
HOURS = 24
SHOWN = 20

# An execution is lost by the transaction that notes it, and so at the very same time.
_LOSSES = """
    WITH event AS MATERIALIZED (
        SELECT job_id, at, kind, data FROM jobs_jobevent ORDER BY id DESC LIMIT %(events)s
    )
    SELECT event.at, count(DISTINCT event.job_id), min(job.id::text),
           (array_agg(job.name ORDER BY job.id))[1], max(event.data->>'reason')
      FROM event
      JOIN jobs_job job ON job.id = event.job_id
     WHERE event.kind = 'lost' AND event.at > now() - make_interval(hours => %(hours)s)
       AND EXISTS (SELECT FROM executors_execution execution
                    WHERE execution.job_id = event.job_id AND execution.state = 'lost'
                      AND execution.executor_id = %(executor)s
                      AND execution.completed_at = event.at)
     GROUP BY event.at ORDER BY event.at DESC LIMIT %(shown)s
"""

_STARTS = """
    SELECT min(claimed_at), max(COALESCE(closed_at, claimed_at))
      FROM (SELECT executor_id, incarnation, claimed_at, closed_at
              FROM executors_lease ORDER BY id DESC LIMIT %(leases)s) AS lease
     WHERE executor_id = %(executor)s AND incarnation <> %(incarnation)s
       AND claimed_at > now() - make_interval(hours => %(hours)s)
     GROUP BY incarnation ORDER BY 1 DESC LIMIT %(shown)s
"""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something in its life: it `started`, an earlier start `ran` `until` then, or it `lost` jobs.

    `job` is the first of `jobs`.
    """

    at: datetime
    kind: str
    jobs: int = 0
    job: str = ""
    job_name: str = ""
    reason: str = ""
    until: datetime | None = None


def read(cursor: Cursor, executor: Executor) -> list[Happening]:
    """What is known of the last day, the latest first, and its start, however long ago that was.

    Of an earlier start only its leases tell: its time is when the first of them was claimed.
    """
    asked = {
        "executor": executor.pk, "incarnation": executor.incarnation, "events": EVENTS,
        "leases": LEASES, "hours": HOURS, "shown": SHOWN,
    }  # fmt: skip
    cursor.execute(_LOSSES, asked)
    found = [
        Happening(at, "lost", jobs, job, name, reason or "")
        for at, jobs, job, name, reason in cursor.fetchall()
    ]
    cursor.execute(_STARTS, asked)
    found += [Happening(at, "ran", until=until) for at, until in cursor.fetchall()]
    found.append(Happening(executor.started_at, "started"))
    return sorted(found, key=lambda one: one.at, reverse=True)
