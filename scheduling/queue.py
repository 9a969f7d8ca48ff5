"""What the dispatcher reads: capacity, queued jobs and parts, and how long work takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from executors.processes.reading import gateway_there
from executors.states import ExecutionKind, Protocol
from jobs.sql import Cursor, Statement, array
from scheduling.balancing import balance
from scheduling.batching import work_key
from scheduling.placement import Capacity, LiveLease, QueuedJob, Shards
from scheduling.queued_jobs import CLASSES, columns, queued_job, required_labels

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


_PARTS = Statement(
    """
    WITH waiting AS (
        SELECT job_id, kind, array_agg(id::text ORDER BY chunk, id) AS ids,
               array_agg(executor_id::text ORDER BY chunk, id) AS executors
          FROM executors_execution WHERE available_at <= now()
         GROUP BY job_id, kind
    )
    SELECT job.id::text, job.type, job.priority,
           date_part('epoch', now() - job.available_at), job.timeout, job.requires::text,
           waiting.kind, waiting.ids[1:job.width - busy.slots],
           waiting.executors[1:job.width - busy.slots],
           job.task_id::text, job.load_balance_strategy, job.routing_key
      FROM waiting
      JOIN jobs_job job ON job.id = waiting.job_id
           CROSS JOIN LATERAL (
               SELECT count(*)::int AS slots FROM executors_execution execution
                WHERE execution.job_id = job.id AND execution.state IN ('assigned', 'running')
           ) busy
     WHERE job.is_active AND job.cancel_requested_at IS NULL AND job.width > busy.slots
    """
)


def read_parts(cursor: Cursor) -> list[QueuedJob]:
    """Jobs under way with those of their queued parts that may be placed now."""
    _PARTS.run(cursor)
    return [_with_parts(*row) for row in cursor.fetchall()]


def _with_parts(
    id_: str,
    job_type: str,
    priority: int,
    age: float,
    timeout: float | None,
    requires: str,
    kind: str,
    parts: list[str],
    executors: list[str],
    task_id: str | None,
    strategy: str | None,
    routing_key: str | None,
) -> QueuedJob:
    common: dict[str, Any] = {
        "timeout": timeout,
        "kind": ExecutionKind(kind),
        "parts": tuple(parts),
        "task_id": task_id,
    }
    if kind == ExecutionKind.SHARD:
        # Where they go was settled by the labels of the moment at which they were made.
        return Shards(id_, job_type, priority, age, bound=tuple(executors), **common)
    job = QueuedJob(id_, job_type, priority, age, requires=required_labels(requires), **common)
    if strategy and kind == ExecutionKind.CHUNK:
        job.balance = balance(strategy, routing_key, task_id, job)
    return job


_CLOSED_LEASES = Statement(
    """
    SELECT job_type, kind, slots, sum(busy_seconds), sum(done),
           extract(epoch FROM max(closed_at))::float8
      FROM executors_lease
     WHERE closed_at > to_timestamp($1) AND done > 0
     GROUP BY job_type, kind, slots
    """
)


def read_closed_leases(cursor: Cursor, since: float) -> tuple[list[tuple[str, float, int]], float]:
    """`(work, seconds, executions)` of leases finished after `since` (epoch), and the newest."""
    _CLOSED_LEASES.run(cursor, since)
    rows = cursor.fetchall()
    news = [
        (work_key(job_type, kind, slots), float(seconds), int(done))
        for job_type, kind, slots, seconds, done, _ in rows
    ]
    return news, max((row[-1] for row in rows), default=since)
