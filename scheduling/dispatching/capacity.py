"""Who has room: executors that take work, with the leases that they hold."""

from __future__ import annotations

import json
from typing import Any

from executors.processes.reading import gateway_there
from executors.states import Protocol
from jobs.sql import Cursor, Statement
from scheduling.batching import work_key
from scheduling.placement import Capacity, LiveLease

_CAPACITY = Statement(
    f"""
    SELECT executor.id::text, executor.name, executor.slots, executor.types,
           executor.labels::text, executor.protocol, executor.weight, member."group",
           COALESCE(member.busy_until > now(), false),
           array_agg(lease.job_type) FILTER (WHERE lease.id IS NOT NULL),
           array_agg(lease.kind), array_agg(lease.slots), array_agg(lease.size),
           array_agg(date_part('epoch', now() - COALESCE(lease.claimed_at, lease.assigned_at))),
           EXISTS (SELECT FROM executors_execution WHERE available_at <= now())
      FROM executors_executor executor
      LEFT JOIN executors_member member ON member.executor_id = executor.id
      LEFT JOIN executors_lease lease
        ON lease.executor_id = executor.id AND lease.state IN ('assigned', 'claimed')
     WHERE executor.status = 'online'
       AND CASE WHEN executor.protocol = 'celery'
                THEN executor.last_heartbeat > now() - $1::float8 / 2 * interval '1 s'
                ELSE {gateway_there("$1")} END
     GROUP BY executor.id, member.executor_id
     ORDER BY executor.name
    """
)


def read_capacity(cursor: Cursor, limit: float = 10.0) -> tuple[list[Capacity], bool]:
    """Every executor that takes work, with its leases; and whether any part of a job waits.

    Slots in use are derived, never counted. A process that has been silent for `limit` seconds is
    dead. A worker that has been for half of that may be: it gets nothing new, though it is given
    up, and loses what it has, only later. HTTP executors have no room while no gateway calls them.
    """
    _CAPACITY.run(cursor, limit)
    rows = cursor.fetchall()
    return [_capacity(*row[:-1]) for row in rows], bool(rows) and rows[0][-1]


def _capacity(
    executor_id: str,
    name: str,
    slots: int,
    executor_types: list[str],
    labels: str,
    protocol: str,
    weight: int,
    group: str | None,
    refuses: bool,
    lease_types: list[str] | None,
    *lease_columns: list[Any],
) -> Capacity:
    leases = zip(lease_types, *lease_columns, strict=True) if lease_types else ()
    return Capacity(
        executor_id=executor_id,
        executor=name,
        slots=slots,
        types=frozenset(executor_types),
        labels=all_labels(labels, name, group),
        leases=[
            LiveLease(work_key(job_type, kind, width), width, elapsed, size)
            for job_type, kind, width, size, elapsed in leases
        ],
        protocol=Protocol(protocol),
        weight=weight,
        refuses=refuses,
    )


def all_labels(labels: str, name: str, group: str | None) -> dict[str, str]:
    """An executor's labels (JSON text), and its name and group, so that a job may require them."""
    found = {**json.loads(labels), "executor": name}
    return found if group is None else {**found, "group": group}
