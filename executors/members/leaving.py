"""How an HTTP executor signs off: it gets nothing new, and may still report what it runs."""

from __future__ import annotations

from executors import leases
from executors.leases.live import live_of
from executors.states import LeaseState
from jobs.sql import Cursor

LINGER = 90.0
"""Seconds in which what an executor ran when it signed off may be reported; then it is lost."""


def sign_off(cursor: Cursor, executor_id: str) -> None:
    """Notes that an executor ends: it drains while it runs anything, else it is offline.

    It comes back by registering, and by nothing else; what a person decided stays. Call it in a
    transaction.
    """
    cursor.execute("SELECT FROM executors_executor WHERE id = %s FOR NO KEY UPDATE", (executor_id,))
    leases.release(cursor, live_of(cursor, executor_id, LeaseState.ASSIGNED))
    cursor.execute(
        """
        UPDATE executors_executor executor
           SET last_heartbeat = now(),
               status = CASE WHEN status <> 'offline' AND EXISTS (
                       SELECT FROM executors_lease lease
                        WHERE lease.executor_id = executor.id AND lease.state = 'claimed')
                   THEN 'draining' ELSE 'offline' END
         WHERE id = %s
        """,
        (executor_id,),
    )
    # Checks of one that was drained by a person change nothing: at best, it drains once more.
    cursor.execute(
        """
        UPDATE executors_member member
           SET left_at = now(), shut = member.shut OR executor.drained_by IS NULL
          FROM executors_executor executor
         WHERE executor.id = member.executor_id AND executor.id = %s
        """,
        (executor_id,),
    )
