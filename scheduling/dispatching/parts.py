"""Which parts of jobs wait: chunks, the combining of them, and shards."""

from __future__ import annotations

from typing import Any

from executors.states import ExecutionKind
from jobs.sql import Cursor, Statement
from scheduling.dispatching.queued_jobs import required_labels
from scheduling.dispatching.wishes import balance
from scheduling.placement import QueuedJob, Shards

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
