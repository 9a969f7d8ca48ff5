"""Executors that went offline by themselves and never came back: after a while they are removed."""

from __future__ import annotations

from django.conf import settings
from django.db import connection

from executors.members.withdrawing import remove
from jobs.sql import Cursor, retry_on_deadlock

# A worker's heartbeats tell since when it has been gone. Over HTTP, where there may be none, it is
# the checks that failed one after another, or the moment at which it signed off.
_LONG_GONE = """
    SELECT executor.id::text
      FROM executors_executor executor
      LEFT JOIN executors_member member ON member.executor_id = executor.id,
           make_interval(secs => %s) AS patience
     WHERE executor.status = 'offline' AND executor.drained_by IS NULL
       AND executor.last_heartbeat < now() - patience
       AND CASE WHEN member.executor_id IS NULL THEN true
                WHEN member.shut THEN member.left_at < now() - patience
                ELSE member.heartbeat_timeout IS NOT NULL
                     OR member.checks_failed * member.health_interval * interval '1 s' > patience
           END
       AND NOT EXISTS (
               SELECT FROM scheduling_taskexecutor link
                WHERE link.executor_id = executor.id
                  AND NOT EXISTS (SELECT FROM scheduling_taskexecutor other
                                   WHERE other.task_id = link.task_id
                                     AND other.executor_id <> executor.id))
     ORDER BY executor.last_heartbeat
     LIMIT 1
       FOR UPDATE OF executor SKIP LOCKED
"""


def forget_one() -> int:
    """Removes the executor that has been gone for longest, if that is over `KEEP_EXECUTORS`.

    Returns how many were removed, 0 or 1. The last executor that a task is linked to is kept, or
    its jobs would go anywhere.
    """
    patience = settings.CELERIAC["KEEP_EXECUTORS"]
    if patience is None:
        return 0

    def forget() -> int:
        with connection.cursor() as cursor:
            found = _long_gone(cursor, patience.total_seconds())
        for executor_id in found:
            remove(executor_id)
        return len(found)

    return retry_on_deadlock(forget)


def _long_gone(cursor: Cursor, patience: float) -> list[str]:
    cursor.execute(_LONG_GONE, (patience,))
    return [row[0] for row in cursor.fetchall()]
