"""What the dispatcher reads: capacity, queued jobs, and how long types take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jobs import types
from jobs.errors import UnknownJobType
from jobs.sql import Cursor, Statement, array
from scheduling.placement import Capacity, QueuedJob

_CAPACITY = Statement(
    """
    SELECT executor.id::text, executor.name, executor.slots, executor.types,
           array_agg(lease.job_type) FILTER (WHERE lease.id IS NOT NULL),
           array_agg(lease.slots) FILTER (WHERE lease.id IS NOT NULL)
      FROM executors_executor executor
      LEFT JOIN executors_lease lease
        ON lease.executor_id = executor.id AND lease.state IN ('assigned', 'claimed')
     WHERE executor.status = 'online'
       AND executor.last_heartbeat > now() - $1::float8 * interval '1 s'
     GROUP BY executor.id
     ORDER BY executor.name
    """
)


def read_capacity(
    cursor: Cursor, is_short: Callable[[str], bool], silence: float = 5.0
) -> list[Capacity]:
    """Every online executor with its live leases; slots in use are derived, never counted.

    One that has been silent for `silence` seconds may be dead: it gets nothing new, though it is
    given up, and loses what it has, only later.
    """
    _CAPACITY.run(cursor, silence)
    return [_capacity(row, is_short) for row in cursor.fetchall()]


def _capacity(row: tuple[Any, ...], is_short: Callable[[str], bool]) -> Capacity:
    executor_id, name, slots, executor_types, lease_types, lease_slots = row
    widths = lease_slots or []
    return Capacity(
        executor_id=executor_id,
        executor=name,
        slots=slots,
        types=frozenset(executor_types),
        live=sum(widths),
        short_leases=sum(map(is_short, lease_types or [])),
        wide=any(width > 1 for width in widths),
    )


_CANDIDATES = Statement(
    """
    WITH RECURSIVE class (name) AS (
        (SELECT placement_class FROM jobs_job WHERE is_queued
          ORDER BY placement_class LIMIT 1)
        UNION ALL
        SELECT (SELECT placement_class FROM jobs_job
                 WHERE is_queued AND placement_class > class.name
                 ORDER BY placement_class LIMIT 1)
          FROM class WHERE class.name IS NOT NULL
    )
    SELECT job.*
      FROM class
      JOIN unnest($1::text[], $2::int[]) AS wish (type, wanted)
        ON wish.type = split_part(class.name, '/', 1),
           generate_series(0, 9) AS level (priority),
           LATERAL (
               SELECT queued.id::text, type, priority,
                      date_part('epoch', now() - available_at),
                      thread_demand, isolated OR timeout IS NOT NULL, timeout
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

    Classes are found by one index probe each, however many jobs they have; each is bounded for
    itself, so that jobs that can't be placed never hide those that can.
    """
    if not wanted:
        return []
    _CANDIDATES.run(cursor, array(wanted.keys()), array(wanted.values()))
    return [_queued(*row) for row in cursor.fetchall()]


def _queued(
    id_: str,
    job_type: str,
    priority: int,
    age: float,
    thread_demand: int,
    alone: bool,
    timeout: float | None,
) -> QueuedJob:
    return QueuedJob(
        id_, job_type, priority, age, thread_demand, alone or not _repeatable(job_type), timeout
    )


def _repeatable(job_type: str) -> bool:
    try:
        return types.get(job_type).repeatable
    except UnknownJobType:
        return True


_CLOSED_LEASES = Statement(
    """
    SELECT job_type, sum(busy_seconds), sum(done),
           extract(epoch FROM max(closed_at))::float8
      FROM executors_lease
     WHERE closed_at > to_timestamp($1) AND done > 0
     GROUP BY job_type
    """
)


def read_closed_leases(cursor: Cursor, since: float) -> tuple[list[tuple[str, float, int]], float]:
    """`(type, seconds, executions)` of leases finished after `since` (epoch), and the newest."""
    _CLOSED_LEASES.run(cursor, since)
    rows = cursor.fetchall()
    news = [(job_type, float(seconds), int(done)) for job_type, seconds, done, _ in rows]
    return news, max((row[3] for row in rows), default=since)
