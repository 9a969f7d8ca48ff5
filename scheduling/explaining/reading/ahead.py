"""Reads who comes before a queued job, in bounded time however long the queue is."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from jobs.sql import Cursor, Statement, array, numbers
from scheduling.dispatching.queued_jobs import CLASSES, columns, queued_job
from scheduling.explaining.reading.precedence import Bound, PlacementClass, bounds, order, rivals
from scheduling.explaining.scene import Ahead
from scheduling.placement import Capacity, Policy, QueuedJob

COUNTED = 10_000
"""Jobs ahead are counted up to here."""
READ = 1_000
"""So many of them, the first, are looked at one by one."""
WIDE = 200
"""So many wide jobs of each class are looked at, wherever they stand."""
CLASSES_READ = 1_000
LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff"
FOREVER = datetime.max.replace(tzinfo=UTC)

_CLASSES = Statement(
    f"""
    WITH RECURSIVE {CLASSES}
    SELECT class.name, first.type, first.requires::text, first.thread_demand
      FROM class,
           -- Without an order, the planner may look for one through the whole table.
           LATERAL (SELECT type, requires, thread_demand FROM jobs_job
                     WHERE is_queued AND placement_class = class.name
                     ORDER BY priority DESC, available_at, id LIMIT 1) first
     LIMIT $1
    """
)

# A row comparison is a range of the index, which ends in (available_at, id).
_COUNTS = Statement(
    """
    SELECT place, count(*)
      FROM (SELECT place
              FROM unnest($1::text[], $2::int[], $3::timestamptz[], $4::uuid[])
                   WITH ORDINALITY AS wish (class, priority, moment, id, place),
                   LATERAL (SELECT FROM jobs_job queued
                             WHERE is_queued AND placement_class = wish.class
                               AND priority = wish.priority
                               AND (available_at, queued.id) < (wish.moment, wish.id)
                             LIMIT $5) one
             LIMIT $5) counted
     GROUP BY place
    """
)

_FIRST = Statement(
    f"""
    SELECT job.*
      FROM unnest($1::text[], $2::int[], $3::timestamptz[], $4::uuid[], $5::int[])
           AS wish (class, priority, moment, id, most),
           LATERAL (SELECT {columns("queued")}
                      FROM jobs_job queued
                     WHERE is_queued AND placement_class = wish.class
                       AND priority = wish.priority
                       AND (available_at, queued.id) < (wish.moment, wish.id)
                     ORDER BY available_at, queued.id
                     LIMIT wish.most) job
    """
)


@dataclass(frozen=True, slots=True)
class _Range:
    """Queued jobs of a class and priority that became available before a moment."""

    name: str
    priority: int
    moment: datetime
    id: str


def read_ahead(
    cursor: Cursor,
    job: QueuedJob,
    now: datetime,
    available_at: datetime,
    capacity: Sequence[Capacity],
    policy: Policy,
) -> Ahead:
    """How many jobs come before this one and compete with it, and the first of them.

    They are counted by index alone, and no further than anybody would want to know.
    """
    _CLASSES.run(cursor, CLASSES_READ)
    classes = [
        PlacementClass(name, type_, tuple(json.loads(requires).items()), demand > 1)
        for name, type_, requires, demand in cursor.fetchall()
    ]
    names = rivals(classes, job, capacity)
    ranges = [
        _range(name, bound, now)
        if bound.age is not None
        else _Range(name, bound.priority, available_at, job.id)
        for bound in reversed(bounds(job, policy.aging_interval))
        for name in names
    ]
    counts = _count(cursor, ranges)
    total = sum(counts.values())
    share = min(READ / total, 1.0) if total else 1.0
    found = _first(cursor, [(its, math.ceil(count * share)) for its, count in counts.items()])
    found.sort(key=lambda one: order(one, policy.aging_interval))
    wide = [its.name for its in classes if its.wide and its.name in names]
    behind = [(_Range(name, job.priority, FOREVER, LAST_ID), WIDE) for name in wide]
    return Ahead(min(total, COUNTED), total > COUNTED, found, _first(cursor, behind))


def _range(name: str, bound: Bound, now: datetime) -> _Range:
    moment = now - timedelta(seconds=bound.age) if bound.age else FOREVER
    return _Range(name, bound.priority, moment, LAST_ID)


def _count(cursor: Cursor, ranges: Sequence[_Range]) -> dict[_Range, int]:
    _COUNTS.run(cursor, *_columns(ranges), COUNTED + 1)
    return {ranges[place - 1]: count for place, count in cursor.fetchall()}


def _first(cursor: Cursor, wanted: Sequence[tuple[_Range, int]]) -> list[QueuedJob]:
    """The first so many jobs of each range."""
    if not wanted:
        return []
    ranges, most = zip(*wanted, strict=True)
    _FIRST.run(cursor, *_columns(ranges), numbers(most))
    return [queued_job(*row) for row in cursor.fetchall()]


def _columns(ranges: Sequence[_Range]) -> tuple[str, str, str, str]:
    return (
        array(its.name for its in ranges),
        numbers(its.priority for its in ranges),
        array(its.moment for its in ranges),
        array(its.id for its in ranges),
    )
