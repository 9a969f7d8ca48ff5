"""The dispatcher's side: leases come into being."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from executors.states import ExecutionKind, Protocol
from jobs import lifecycle
from jobs.ids import uuid7
from jobs.sql import Cursor, Statement, array, numbers, uuids


@dataclass(frozen=True, slots=True)
class PlannedLease:
    """A lease to be made: jobs of one type for one executor. `timeout` is in seconds.

    One of a part of a job has the execution that waits for it, and a chunk's number.
    """

    id: str
    executor_id: str
    executor: str
    job_type: str
    job_ids: Sequence[str]
    slots: int = 1
    priority: int = 5
    timeout: float | None = None
    kind: ExecutionKind = ExecutionKind.WHOLE
    execution_id: str | None = None
    chunk: int | None = None
    protocol: Protocol = Protocol.CELERY


_ASSIGN = Statement(
    f"""
    WITH lease AS (
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::int[],
                             $6::int[], $7::float8[])
                   AS lease (id, executor_id, executor, job_type, slots, priority, timeout)
    ), placed AS (
        SELECT job.*, lease.executor, lease.executor_id
          FROM unnest($8::uuid[], $9::uuid[], $10::uuid[]) AS job (job_id, execution_id, lease_id)
          JOIN lease ON lease.id = job.lease_id
    ), assigned AS ({lifecycle.ASSIGN}
    ), execution AS (
        INSERT INTO executors_execution (id, job_id, lease_id, executor_id, attempt, state)
        SELECT placed.execution_id, placed.job_id, placed.lease_id, placed.executor_id,
               assigned.attempt + 1, 'assigned'
          FROM assigned JOIN placed ON placed.execution_id = assigned.execution_id
        RETURNING lease_id
    )
    INSERT INTO executors_lease
          (id, executor_id, job_type, size, slots, priority, timeout, state, busy_seconds, done)
    SELECT lease.id, lease.executor_id, lease.job_type, content.size, lease.slots,
           lease.priority, lease.timeout, 'assigned', 0, 0
      FROM lease
      JOIN (SELECT lease_id, count(*) AS size FROM execution GROUP BY lease_id) content
        ON content.lease_id = lease.id
    RETURNING id::text
    """
)


def assign(cursor: Cursor, planned: Sequence[PlannedLease]) -> list[PlannedLease]:
    """Makes the leases with those of their jobs that are still queued; the leases made."""
    placed = sorted((job_id, lease.id) for lease in planned for job_id in lease.job_ids)
    _ASSIGN.run(
        cursor,
        uuids(lease.id for lease in planned),
        uuids(lease.executor_id for lease in planned),
        array(lease.executor for lease in planned),
        array(lease.job_type for lease in planned),
        numbers(lease.slots for lease in planned),
        numbers(lease.priority for lease in planned),
        array(lease.timeout for lease in planned),
        uuids(job_id for job_id, _ in placed),
        uuids(uuid7() for _ in placed),
        uuids(lease_id for _, lease_id in placed),
    )
    made = {row[0] for row in cursor.fetchall()}
    return [lease for lease in planned if lease.id in made]


def mark_published(cursor: Cursor, lease_ids: Iterable[str]) -> None:
    """Notes that the messages of these leases were sent again just now."""
    cursor.execute(
        """
        UPDATE executors_lease SET published_at = now()
         WHERE id = ANY(%s::uuid[]) AND state = 'assigned'
        """,
        (array(lease_ids),),
    )
