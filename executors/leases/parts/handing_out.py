"""The dispatcher's side of jobs that are split: chunks come into being, and parts get leases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from executors.leases.handing_out import PlannedLease
from jobs import lifecycle
from jobs.ids import uuid7
from jobs.sql import Cursor, Statement, array, numbers, uuids


@dataclass(frozen=True, slots=True)
class PlannedFanOut:
    """A queued job to be split into `chunks`, of which `width` may run at once.

    `executor` is the name of one that gets a chunk first.
    """

    job_id: str
    chunks: int
    width: int
    executor: str


_FAN_OUT = Statement(
    f"""
    WITH fan AS (
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::int[])
                   AS fan (job_id, id, executor, chunks, width)
    ), fanned AS ({lifecycle.FAN_OUT}
    )
    INSERT INTO executors_execution (id, job_id, kind, chunk, attempt, state, available_at)
    SELECT chunk.id, chunk.job_id, 'chunk', chunk.number, fanned.attempt + 1, 'queued', now()
      FROM unnest($6::uuid[], $7::uuid[], $8::int[]) AS chunk (id, job_id, number)
      JOIN fanned ON fanned.job_id = chunk.job_id
    RETURNING job_id::text
    """
)


def fan_out(cursor: Cursor, planned: Sequence[PlannedFanOut]) -> dict[str, list[str]]:
    """Splits those of these jobs that are still queued; the ids of their chunks' executions."""
    planned = sorted(planned, key=lambda its: its.job_id)
    chunks = {its.job_id: [uuid7() for _ in range(its.chunks)] for its in planned}
    rows = [
        (id_, job_id, number) for job_id, ids in chunks.items() for number, id_ in enumerate(ids)
    ]
    _FAN_OUT.run(
        cursor,
        uuids(its.job_id for its in planned),
        uuids(uuid7() for _ in planned),
        array(its.executor for its in planned),
        numbers(its.chunks for its in planned),
        numbers(its.width for its in planned),
        uuids(id_ for id_, _, _ in rows),
        uuids(job_id for _, job_id, _ in rows),
        numbers(number for _, _, number in rows),
    )
    fanned = {row[0] for row in cursor.fetchall()}
    return {job_id: ids for job_id, ids in chunks.items() if job_id in fanned}


_ASSIGN = Statement(
    f"""
    WITH part AS (
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[],
                             $6::text[], $7::text[], $8::int[], $9::float8[])
                   AS part (lease_id, execution_id, job_id, executor_id, executor, job_type, kind,
                            priority, timeout)
    ), job AS ({lifecycle.PLACE_PART}
    ), placed AS (
        UPDATE executors_execution execution
           SET state = 'assigned', available_at = NULL, lease_id = part.lease_id,
               executor_id = part.executor_id
          FROM part JOIN job ON job.job_id = part.job_id
         WHERE execution.id = part.execution_id AND execution.state = 'queued'
        RETURNING execution.id, execution.chunk
    ), lease AS (
        INSERT INTO executors_lease
              (id, executor_id, job_type, kind, size, slots, priority, timeout, state,
               busy_seconds, done)
        SELECT part.lease_id, part.executor_id, part.job_type, part.kind, 1, 1, part.priority,
               part.timeout, 'assigned', 0, 0
          FROM part JOIN placed ON placed.id = part.execution_id
    )
    SELECT id::text, chunk FROM placed
    """
)


def assign(cursor: Cursor, planned: Sequence[PlannedLease]) -> list[PlannedLease]:
    """Makes leases for those of these parts that still wait; the leases made."""
    planned = sorted(planned, key=lambda lease: lease.job_ids[0])
    _ASSIGN.run(
        cursor,
        uuids(lease.id for lease in planned),
        uuids(str(lease.execution_id) for lease in planned),
        uuids(lease.job_ids[0] for lease in planned),
        uuids(lease.executor_id for lease in planned),
        array(lease.executor for lease in planned),
        array(lease.job_type for lease in planned),
        array(lease.kind for lease in planned),
        numbers(lease.priority for lease in planned),
        array(lease.timeout for lease in planned),
    )
    chunks = dict(cursor.fetchall())
    return [
        replace(lease, chunk=chunks[lease.execution_id])
        for lease in planned
        if lease.execution_id in chunks
    ]
