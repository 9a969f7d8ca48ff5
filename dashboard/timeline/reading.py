"""Reads what ran in a span of time: leases as bars, the short ones merged into densities.

The cost has a bound: leases are found by when they were closed, at most `BARS` of them, the
longest, become bars, and the others are counted in Postgres, within `SECONDS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from executors.states import LIVE
from jobs.sql import Cursor, array
from jobs.timelimit import time_limit

BARS = 2000
BUCKETS = 180
"""Parts of the span in each of which the short leases of an executor are counted together."""
EXECUTORS = 100
SECONDS = 4.0

_LEASES = """
    WITH lease AS MATERIALIZED (
        SELECT *, extract(epoch FROM LEAST(COALESCE(closed_at, now()), %(to)s)
                                     - GREATEST(claimed_at, %(from)s))::float8 AS length
          FROM (SELECT id, executor_id, job_type, slots, size, state, claimed_at, closed_at
                  FROM executors_lease
                 WHERE closed_at >= %(from)s AND claimed_at < %(to)s
                   AND executor_id = ANY(%(executors)s::uuid[])
                 UNION ALL
                SELECT id, executor_id, job_type, slots, size, state, claimed_at, closed_at
                  FROM executors_lease
                 WHERE state = ANY(%(live)s) AND claimed_at < %(to)s
                   AND executor_id = ANY(%(executors)s::uuid[])) AS found
    )
"""

_CUTOFF = f"""{_LEASES}
    SELECT COALESCE((SELECT length FROM lease ORDER BY length DESC OFFSET %(bars)s LIMIT 1), -1)
"""  # noqa: S608  (our own constants)

_BARS = f"""{_LEASES}
    SELECT lease.id::text, lease.executor_id::text, lease.claimed_at, lease.closed_at, lease.slots,
           lease.size, lease.job_type,
           CASE WHEN lease.state = 'lost' THEN 'lost' ELSE execution.state END,
           execution.job_id::text, COALESCE(job.name, '')
      FROM lease
      LEFT JOIN LATERAL (
           SELECT job_id, state FROM executors_execution WHERE lease_id = lease.id LIMIT 1
           ) AS execution ON true
      LEFT JOIN jobs_job job ON job.id = execution.job_id
     WHERE lease.length > %(cutoff)s
     ORDER BY lease.claimed_at
"""  # noqa: S608

_DENSITIES = f"""{_LEASES}
    SELECT executor_id::text,
           floor(extract(epoch FROM GREATEST(claimed_at, %(from)s) - %(from)s)
                 / %(step)s::float8)::int AS bucket,
           count(*), sum(size), sum(length * slots)
      FROM lease WHERE length <= %(cutoff)s GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608

_EXECUTORS = """
    SELECT id::text, name, slots, status FROM executors_executor
     WHERE (%(name)s = '' OR name = %(name)s)
       AND (status <> 'offline' OR last_heartbeat >= %(from)s)
     ORDER BY name LIMIT %(limit)s
"""


class Span(NamedTuple):
    """A span of time, and what part of it a bucket is, in seconds."""

    start: datetime
    end: datetime

    @property
    def step(self) -> float:
        """Seconds of a bucket."""
        return (self.end - self.start).total_seconds() / BUCKETS


class Place(NamedTuple):
    """An executor."""

    id: str
    name: str
    slots: int
    status: str


class Bar(NamedTuple):
    """A lease; `job` is its only job or its first, `outcome` the state of its execution."""

    id: str
    executor: str
    start: datetime
    end: datetime | None
    slots: int
    size: int
    job_type: str
    outcome: str | None
    job: str | None
    job_name: str


class Density(NamedTuple):
    """Short leases of an executor in a bucket: how many, their jobs, the slot seconds they took."""

    executor: str
    bucket: int
    leases: int
    jobs: int
    seconds: float


class Seen(NamedTuple):
    """What ran. Leases that lasted for `cutoff` seconds or less are in the densities."""

    places: list[Place]
    bars: list[Bar]
    densities: list[Density]
    cutoff: float


def read(span: Span, name: str = "", limit: int = BARS) -> Seen:
    """What ran in a span, on all executors or on the one called `name`; raises `TookTooLong`."""
    with time_limit(SECONDS), connection.cursor() as cursor:
        places = _places(cursor, span, name)
        asked: dict[str, Any] = {
            "from": span.start,
            "to": span.end,
            "step": span.step,
            "live": list(LIVE),
            "executors": array(place.id for place in places),
            "bars": limit,
        }
        cursor.execute(_CUTOFF, asked)
        cutoff = float(_rows(cursor)[0][0])
        cursor.execute(_BARS, asked | {"cutoff": cutoff})
        bars = [Bar(*row) for row in _rows(cursor)]
        densities: list[Density] = []
        if cutoff >= 0:
            cursor.execute(_DENSITIES, asked | {"cutoff": cutoff})
            densities = [Density(*row) for row in _rows(cursor)]
    return Seen(places, bars, densities, cutoff)


def _places(cursor: Cursor, span: Span, name: str) -> list[Place]:
    cursor.execute(_EXECUTORS, {"name": name, "from": span.start, "limit": EXECUTORS})
    return [Place(*row) for row in _rows(cursor)]


def _rows(cursor: Cursor) -> Sequence[tuple[Any, ...]]:
    return cursor.fetchall()
