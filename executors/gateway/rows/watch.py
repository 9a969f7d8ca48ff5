"""What HTTP executors have in their hands, and who among them has fallen silent."""

from __future__ import annotations

from collections.abc import Collection

from executors.gateway.decisions import Patience, Watched
from jobs.sql import Cursor, Statement, uuids

# Those of which `decisions.verdict` asks for something: others would fill the limit.
_WATCHED = Statement(
    """
    SELECT * FROM (
        SELECT lease.id::text,
               date_part('epoch', now() - lease.claimed_at) AS claimed,
               date_part('epoch', now() - CASE WHEN lease.id = ANY (executor.held)
                   THEN GREATEST(lease.accepted_at, executor.last_heartbeat)
                   ELSE lease.accepted_at END) AS heard,
               lease.timeout,
               date_part('epoch', now() - CASE
                   WHEN job.status = 'running' THEN job.cancel_requested_at
                   WHEN execution.kind <> 'whole' THEN job.completed_at END) AS asked,
               date_part('epoch', now() - lease.cancel_sent_at) AS told,
               CASE WHEN lease.claimed_at < member.left_at
                    THEN date_part('epoch', now() - member.left_at) END AS left_ago
          FROM executors_executor executor
          JOIN executors_lease lease
            ON lease.executor_id = executor.id AND lease.state IN ('assigned', 'claimed')
          JOIN executors_execution execution
            ON execution.lease_id = lease.id AND execution.state = 'running'
          JOIN jobs_job job ON job.id = execution.job_id
          LEFT JOIN executors_member member ON member.executor_id = executor.id
         WHERE executor.protocol <> 'celery' AND lease.state = 'claimed'
           AND lease.id <> ALL ($4::uuid[])
    ) watched
    WHERE CASE WHEN heard IS NULL THEN claimed > $1::float8
               WHEN asked IS NOT NULL THEN told IS NULL OR asked > $2::float8
               WHEN left_ago > $6::float8 THEN true
               WHEN timeout IS NOT NULL THEN claimed > timeout
               ELSE heard > $3::float8 END
    ORDER BY claimed DESC LIMIT $5
    """
)


def watched(
    cursor: Cursor, patience: Patience, besides: Collection[str], limit: int
) -> dict[str, Watched]:
    """Executions about which something has to be done, by their lease's id.

    Up to `limit` of them, the oldest first, and none of the leases `besides`.
    """
    ages = (patience.answer, patience.cancel, patience.silence)
    _WATCHED.run(cursor, *ages, uuids(besides), limit, patience.linger)
    return {lease_id: Watched(*ages) for lease_id, *ages in cursor.fetchall()}


def retire_silent(cursor: Cursor, watching: float) -> list[str]:
    """Takes members offline that missed their heartbeats; their names.

    Only silence counts that lasted while the gateway listened, which it has for `watching` seconds:
    before, it or the database may have been away.
    """
    cursor.execute(
        """
        UPDATE executors_executor executor SET status = 'offline'
          FROM executors_member member
         WHERE member.executor_id = executor.id AND executor.status <> 'offline'
           AND member.heartbeat_timeout < %(watching)s
           AND executor.last_heartbeat < now() - member.heartbeat_timeout * interval '1 s'
        RETURNING executor.name
        """,
        {"watching": watching},
    )
    return [row[0] for row in cursor.fetchall()]
