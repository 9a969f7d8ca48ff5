"""Calls, as the rows of their leases tell them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from executors import leases
from executors.gateway.rows.targets import TARGET, target
from executors.members.signing import token_of
from executors.protocols.contract import Call
from executors.states import ExecutionKind
from jobs.lifecycle import Started
from jobs.sql import Cursor, Statement, uuids

_GROUPS = Statement(
    """
    SELECT lease.id::text, member."group"
      FROM executors_lease lease
      JOIN executors_member member ON member.executor_id = lease.executor_id
     WHERE lease.id = ANY($1::uuid[]) AND lease.state = 'assigned'
    """
)


def groups(cursor: Cursor, lease_ids: Iterable[str]) -> dict[str, str]:
    """The groups of the executors that leases wait to be handed over to."""
    _GROUPS.run(cursor, uuids(lease_ids))
    return dict(cursor.fetchall())


_OPEN = Statement(
    """
    SELECT lease.id::text, lease.kind, executor.incarnation::text
      FROM executors_lease lease
      JOIN executors_executor executor ON executor.id = lease.executor_id
     WHERE lease.id = ANY($1::uuid[]) AND lease.state = 'assigned'
       AND executor.protocol <> 'celery' AND executor.status <> 'offline'
    """
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A call to be made; `cancelled` if its job was cancelled before."""

    call: Call
    cancelled: bool


def claim(cursor: Cursor, lease_ids: Iterable[str]) -> list[Claimed]:
    """Takes those of these leases that are still there to be taken, as their executors."""
    _OPEN.run(cursor, uuids(lease_ids))
    started: dict[str, Started] = {}
    for lease_id, kind, incarnation in sorted(cursor.fetchall()):
        if job := _claim(cursor, lease_id, kind, incarnation):
            started[lease_id] = job
    calls = read(cursor, list(started))
    return [Claimed(call, started[call.lease_id].cancelled) for call in calls]


def _claim(cursor: Cursor, lease_id: str, kind: str, incarnation: str) -> Started | None:
    if kind == ExecutionKind.WHOLE:
        claim = leases.claim(cursor, lease_id, incarnation)
        return claim.jobs[0] if claim else None
    claimed = leases.parts.claim(cursor, lease_id, incarnation)
    return claimed[0].jobs[0] if claimed else None


_CALLS = Statement(
    f"""
    SELECT lease.id::text, execution.id::text, job.id::text, job.task_id::text, job.name,
           job.external::text, job.type, job.payload::text, execution.attempt, lease.timeout,
           date_part('epoch', execution.started_at), execution.kind, execution.chunk,
           job.chunk_count, {TARGET}
      FROM executors_lease lease
      JOIN executors_execution execution
        ON execution.lease_id = lease.id AND execution.state = 'running'
      JOIN jobs_job job ON job.id = execution.job_id
      JOIN executors_executor executor ON executor.id = lease.executor_id
      JOIN executors_member member ON member.executor_id = executor.id
     WHERE lease.id = ANY($1::uuid[]) AND lease.state = 'claimed'
    """
)


def read(cursor: Cursor, lease_ids: Sequence[str]) -> list[Call]:
    """The calls that claimed leases are about, as long as they run."""
    if not lease_ids:
        return []
    _CALLS.run(cursor, uuids(lease_ids))
    return [_call(*row) for row in cursor.fetchall()]


def _call(
    lease_id: str,
    execution_id: str,
    job_id: str,
    task_id: str | None,
    name: str,
    external: str | None,
    job_type: str,
    payload: str,
    attempt: int,
    timeout: float | None,
    started_at: float,
    kind: str,
    chunk: int | None,
    chunk_count: int | None,
    *columns: Any,
) -> Call:
    told = json.loads(external) if external else {}
    is_shard = kind == ExecutionKind.SHARD
    return Call(
        target=target(*columns),
        lease_id=lease_id,
        execution_id=execution_id,
        token=token_of(settings.SECRET_KEY, execution_id),
        job_id=job_id,
        task_id=task_id,
        task_name=told.get("task_name", name),
        handler=told.get("handler", name),
        mode=told.get("mode", "parallel"),
        type=job_type,
        payload=payload,
        attempt=attempt,
        timeout=timeout,
        callback_url=callback_url(execution_id),
        started_at=started_at,
        shard_index=(chunk or 0) if is_shard else 0,
        shard_total=(chunk_count or 1) if is_shard else 1,
    )


def callback_url(execution_id: str) -> str:
    """Where executors report about an execution."""
    base = str(settings.CELERIAC["CALLBACK_BASE_URL"]).rstrip("/")
    return f"{base}/api/v1/executions/{execution_id}/callback"
