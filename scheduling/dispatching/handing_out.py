"""Makes what placement planned come true: leases of whole jobs, chunks, and leases of parts."""

from __future__ import annotations

from collections.abc import Sequence

from executors import leases
from executors.leases import PlannedLease
from executors.leases.parts import PlannedBroadcast, PlannedFanOut
from executors.states import ExecutionKind
from jobs.ids import uuid7
from jobs.sql import Cursor
from scheduling.dispatching.memory import remember
from scheduling.leader import Leader
from scheduling.placement import Broadcast, Capacity, FanOut, Placement, Plan, QueuedJob


def hand_out(leader: Leader, plan: Plan) -> list[PlannedLease]:
    """Makes the leases of those jobs and parts that still wait; the leases made.

    What strategies remember moves with them, so that the next leader goes on from there.
    """
    made: list[PlannedLease] = []
    if plan.placements:
        with leader.transaction() if plan.remembered else leader.cursor() as cursor:
            made += leases.assign(cursor, [_whole(its) for its in plan.placements])
            remember(cursor, plan.remembered)
    if plan.broadcasts:
        with leader.cursor() as cursor:
            leases.parts.broadcast(cursor, [_broadcast(its) for its in plan.broadcasts])
    if plan.fan_outs or plan.parts:
        with leader.transaction() as cursor:
            parts = [_part(its.job, its.execution_id, its.executor) for its in plan.parts]
            parts += _first_chunks(cursor, plan.fan_outs)
            made += leases.parts.assign(cursor, parts)
            if not plan.placements:
                remember(cursor, plan.remembered)
    return made


def _whole(its: Placement) -> PlannedLease:
    first = its.jobs[0]
    return PlannedLease(
        id=uuid7(),
        executor_id=its.executor.executor_id,
        executor=its.executor.executor,
        protocol=its.executor.protocol,
        job_type=first.type,
        job_ids=[job.id for job in its.jobs],
        slots=its.slots,
        priority=max(job.priority for job in its.jobs),
        timeout=first.timeout,
    )


def _broadcast(its: Broadcast) -> PlannedBroadcast:
    ids = [executor.executor_id for executor in its.executors]
    return PlannedBroadcast(its.job.id, ids, its.executors[0].executor)


def _first_chunks(cursor: Cursor, fan_outs: Sequence[FanOut]) -> list[PlannedLease]:
    planned = [
        PlannedFanOut(its.job.id, its.chunks, len(its.executors), its.executors[0].executor)
        for its in fan_outs
    ]
    chunks = leases.parts.fan_out(cursor, planned) if planned else {}
    return [
        _part(its.job, execution_id, executor, ExecutionKind.CHUNK)
        for its in fan_outs
        for execution_id, executor in zip(chunks.get(its.job.id, ()), its.executors, strict=False)
    ]


def _part(
    job: QueuedJob, execution_id: str, executor: Capacity, kind: ExecutionKind | None = None
) -> PlannedLease:
    return PlannedLease(
        id=uuid7(),
        executor_id=executor.executor_id,
        executor=executor.executor,
        protocol=executor.protocol,
        job_type=job.type,
        job_ids=[job.id],
        priority=job.priority,
        timeout=job.timeout,
        kind=kind or job.kind,
        execution_id=execution_id,
    )
