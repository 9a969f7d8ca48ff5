"""The dispatcher's side: leases come into being."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jobs import lifecycle
from jobs.ids import uuid7
from jobs.lifecycle import Placed
from jobs.sql import Cursor, Statement, array, numbers, uuids


@dataclass(frozen=True, slots=True)
class PlannedLease:
    """A lease to be made: jobs of one type for one executor. `timeout` is in seconds."""

    id: str
    executor_id: str
    executor: str
    job_type: str
    job_ids: Sequence[str]
    slots: int = 1
    priority: int = 5
    timeout: float | None = None


def assign(cursor: Cursor, planned: Sequence[PlannedLease]) -> list[PlannedLease]:
    """Makes the leases with those of their jobs that are still queued; the leases made."""
    pairs = {lease.id: [Placed(job_id, uuid7()) for job_id in lease.job_ids] for lease in planned}
    attempts = lifecycle.assign(
        cursor, [(pair, lease.executor) for lease in planned for pair in pairs[lease.id]]
    )
    won = {
        lease_id: [pair for pair in its_pairs if pair.job_id in attempts]
        for lease_id, its_pairs in pairs.items()
    }
    made = [lease for lease in planned if won[lease.id]]
    if made:
        _insert(cursor, made, won, attempts)
    return made


_INSERT = Statement(
    """
    WITH made AS (
        INSERT INTO executors_lease
              (id, executor_id, job_type, size, slots, priority, timeout, state,
               busy_seconds, done)
        SELECT lease.*, 'assigned', 0, 0
          FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::int[], $6::int[],
                      $7::float8[]) AS lease
    )
    INSERT INTO executors_execution (id, job_id, lease_id, executor_id, attempt, state)
    SELECT execution.*, 'assigned'
      FROM unnest($8::uuid[], $9::uuid[], $10::uuid[], $11::uuid[], $12::int[]) AS execution
    """
)


def _insert(
    cursor: Cursor,
    leases: Sequence[PlannedLease],
    won: dict[str, list[Placed]],
    attempts: dict[str, int],
) -> None:
    executions = [(lease, pair) for lease in leases for pair in won[lease.id]]
    _INSERT.run(
        cursor,
        array(lease.id for lease in leases),
        array(lease.executor_id for lease in leases),
        array(lease.job_type for lease in leases),
        array(len(won[lease.id]) for lease in leases),
        array(lease.slots for lease in leases),
        array(lease.priority for lease in leases),
        array(lease.timeout for lease in leases),
        uuids(pair.execution_id for _, pair in executions),
        uuids(pair.job_id for _, pair in executions),
        uuids(lease.id for lease, _ in executions),
        uuids(lease.executor_id for lease, _ in executions),
        numbers(attempts[pair.job_id] + 1 for _, pair in executions),
    )


def mark_published(cursor: Cursor, lease_ids: Iterable[str]) -> None:
    """Notes that the messages of these leases were sent again just now."""
    cursor.execute(
        """
        UPDATE executors_lease SET published_at = now()
         WHERE id = ANY(%s::uuid[]) AND state = 'assigned'
        """,
        (array(lease_ids),),
    )
