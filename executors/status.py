"""What people, and HTTP executors themselves, make of an executor's status."""

from __future__ import annotations

from dataclasses import dataclass

from executors import leases
from executors.errors import ExecutorNotFound, StatusRefused
from executors.leases.live import live_of
from executors.states import LIVE, ExecutorStatus, LeaseState, Protocol
from jobs.sql import Cursor

STOP_IT = "A Celery worker is taken offline by stopping it: its next heartbeat would undo this."
LEAVING = "It drains by its own decision, as it is about to end: start it anew instead."
HELD_BACK = "{} had it take nothing new: it takes work again when somebody resumes it."


@dataclass(frozen=True, slots=True)
class Standing:
    """How an executor stands; `drained_by` is who asked it to take nothing new."""

    status: ExecutorStatus
    protocol: Protocol
    drained_by: str | None


def set_status(
    cursor: Cursor, executor_id: str, status: str, actor: str, *, by_itself: bool = False
) -> ExecutorStatus:
    """Has an executor drain, resume or, over HTTP only, go offline; its status from then on.

    What a person (`actor`) decided lasts through silence and restarts until a person resumes it;
    what an executor says of itself (`by_itself`) ends when it registers again. A Celery worker
    that is dead stays offline, and is what was decided when it is back. Call it in a transaction.
    Raises `ExecutorNotFound`, `StatusRefused`.
    """
    now = _lock(cursor, executor_id)
    wanted = ExecutorStatus(status)
    drained_by = now.drained_by if by_itself else actor
    if wanted is ExecutorStatus.DRAINING:
        return _drain(cursor, executor_id, now, drained_by)
    if wanted is ExecutorStatus.OFFLINE:
        return _close(cursor, executor_id, now, drained_by)
    return _resume(cursor, executor_id, now, by_itself)


def _drain(
    cursor: Cursor, executor_id: str, now: Standing, drained_by: str | None
) -> ExecutorStatus:
    offline = now.status is ExecutorStatus.OFFLINE
    status = now.status if offline else ExecutorStatus.DRAINING
    _write(cursor, executor_id, status, drained_by)
    leases.release(cursor, live_of(cursor, executor_id, LeaseState.ASSIGNED))
    return status


def _close(
    cursor: Cursor, executor_id: str, now: Standing, drained_by: str | None
) -> ExecutorStatus:
    if now.protocol is Protocol.CELERY:
        raise StatusRefused(reason=STOP_IT)
    _write(cursor, executor_id, ExecutorStatus.OFFLINE, drained_by)
    _shut(cursor, executor_id, shut=True)
    leases.lose(cursor, live_of(cursor, executor_id, *LIVE), "It was set offline.")
    return ExecutorStatus.OFFLINE


def _resume(cursor: Cursor, executor_id: str, now: Standing, by_itself: bool) -> ExecutorStatus:
    if by_itself and now.drained_by is not None:
        raise StatusRefused(reason=HELD_BACK.format(now.drained_by or "Somebody"))
    if not by_itself and now.status is ExecutorStatus.DRAINING and now.drained_by is None:
        raise StatusRefused(reason=LEAVING)
    dead = now.protocol is Protocol.CELERY and now.status is ExecutorStatus.OFFLINE
    status = ExecutorStatus.OFFLINE if dead else ExecutorStatus.ONLINE
    _write(cursor, executor_id, status, None)
    _shut(cursor, executor_id, shut=False)
    return status


def _lock(cursor: Cursor, executor_id: str) -> Standing:
    cursor.execute(
        """
        SELECT status, protocol, drained_by FROM executors_executor
         WHERE id = %s FOR NO KEY UPDATE
        """,
        (executor_id,),
    )
    row = cursor.fetchone()
    if row is None:
        raise ExecutorNotFound(name=executor_id)
    return Standing(ExecutorStatus(row[0]), Protocol(row[1]), row[2])


def _write(cursor: Cursor, executor_id: str, status: str, drained_by: str | None) -> None:
    cursor.execute(
        "UPDATE executors_executor SET status = %s, drained_by = %s WHERE id = %s",
        (status, drained_by, executor_id),
    )


def _shut(cursor: Cursor, executor_id: str, *, shut: bool) -> None:
    """Whether checks leave an HTTP executor offline; one that is opened is looked at soon."""
    cursor.execute(
        """
        UPDATE executors_member
           SET shut = %s, checks_failed = 0, busy_until = NULL, refusals = 0,
               next_check_at = CASE WHEN health_check_url IS NOT NULL THEN now() END
         WHERE executor_id = %s
        """,
        (shut, executor_id),
    )
