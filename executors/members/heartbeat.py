"""Heartbeats of HTTP executors: what each works on, and what it is to stop. SQL on a cursor."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from executors import leases
from executors.errors import ExecutorNotFound
from executors.states import ExecutorStatus
from jobs.sql import Cursor, uuids

UNDER_WAY = 5.0
"""Seconds in which a heartbeat that was written before a hand-over may arrive after it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The answer to a heartbeat: the executor's status, and ids of executions to be stopped.

    `lost` are ids of jobs that were lost by it.
    """

    status: ExecutorStatus
    cancel: list[str]
    lost: list[str]


def beat(cursor: Cursor, executor_id: str, executions: Collection[str] | None) -> Heard:
    """Notes that an HTTP executor lives. Call it in a transaction; raises `ExecutorNotFound`.

    `executions` are the ids of all that it works on, or None if it does not say. What it took
    and no longer knows is lost at once; what it has and is not its any more, it is to stop. One
    that was offline for its silence alone is back.
    """
    status = _note(cursor, executor_id, executions)
    running = _running(cursor, executor_id)
    if executions is None:
        return Heard(status, [one.execution_id for one in running if one.cancelled], [])
    known = set(executions)
    gone = [one.lease_id for one in running if one.settled and one.execution_id not in known]
    lost = leases.lose(cursor, gone, "Its executor no longer works on it.") if gone else []
    going_on = {one.execution_id for one in running if not one.cancelled}
    return Heard(status, sorted(known - going_on), lost)


@dataclass(frozen=True, slots=True)
class Running:
    """An execution on the executor, `settled` if it was accepted a while ago."""

    lease_id: str
    execution_id: str
    settled: bool
    cancelled: bool


def _note(cursor: Cursor, executor_id: str, executions: Collection[str] | None) -> ExecutorStatus:
    cursor.execute(
        """
        UPDATE executors_executor executor
           SET last_heartbeat = now(),
               held = CASE WHEN %s THEN ARRAY(
                   SELECT lease_id FROM executors_execution
                    WHERE id = ANY(%s::uuid[]) AND executor_id = executor.id
                      AND state = 'running' ORDER BY lease_id) ELSE held END,
               status = CASE WHEN status <> 'offline' OR member.shut
                                  OR member.checks_failed >= member.failure_threshold THEN status
                             WHEN drained_by IS NULL THEN 'online' ELSE 'draining' END
          FROM executors_member member
         WHERE executor.id = %s AND member.executor_id = executor.id
        RETURNING status
        """,
        (executions is not None, uuids(executions or ()), executor_id),
    )
    row = cursor.fetchone()
    if row is None:
        raise ExecutorNotFound(name=executor_id)
    return ExecutorStatus(row[0])


def _running(cursor: Cursor, executor_id: str) -> list[Running]:
    """What it works on as far as we know; a part is cancelled, too, when its job has ended."""
    cursor.execute(
        """
        SELECT lease.id::text, execution.id::text,
               COALESCE(lease.accepted_at < now() - %s * interval '1 s', false),
               job.cancel_requested_at IS NOT NULL
                   OR execution.kind <> 'whole' AND NOT job.is_active
          FROM executors_lease lease
          JOIN executors_execution execution ON execution.lease_id = lease.id
          JOIN jobs_job job ON job.id = execution.job_id
         WHERE lease.executor_id = %s AND lease.state = 'claimed' AND execution.state = 'running'
        """,
        (UNDER_WAY, executor_id),
    )
    return [Running(*row) for row in cursor.fetchall()]
