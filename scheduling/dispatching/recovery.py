"""Finds leases that got stuck and puts them right: lost, given back, or sent again."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Any

from executors import leases
from executors.leases import PlannedLease
from executors.processes.reading import gateway_there
from executors.states import Protocol
from jobs.sql import Cursor

logger = logging.getLogger("celeriac.dispatcher")


@dataclass(frozen=True, slots=True)
class RecoveryLimits:
    """All in seconds: silence that means death, its interval, and patience with a message.

    And patience with an executor that is away and has a shard of a broadcast to run.
    """

    heartbeat_limit: float
    heartbeat_interval: float
    republish_after: float
    broadcast_wait: float = 60.0


def recover(
    cursor: Cursor, limits: RecoveryLimits, *, judge_silence: bool = True
) -> list[PlannedLease]:
    """Writes off what is lost and gives back what waits in vain; leases to be sent again.

    `judge_silence` is False while processes may be silent only because the database was away.
    """
    if judge_silence:
        _retire_silent_executors(cursor, limits.heartbeat_limit)
        _take_back_uncalled(cursor, limits.heartbeat_limit)
    _lose_orphans(cursor, limits.heartbeat_interval)
    _see_to_stalled(cursor, limits.republish_after)
    leases.parts.fail_forsaken(cursor, limits.broadcast_wait)
    return _unclaimed(cursor, limits.republish_after)


def _retire_silent_executors(cursor: Cursor, heartbeat_limit: float) -> None:
    """Whether HTTP executors are well is for the gateway to find out."""
    cursor.execute(
        """
        UPDATE executors_executor SET status = 'offline'
         WHERE status <> 'offline' AND last_heartbeat < now() - %s * interval '1 s'
           AND protocol = 'celery'
        """,
        (heartbeat_limit,),
    )


def _take_back_uncalled(cursor: Cursor, heartbeat_limit: float) -> None:
    """Gives back what HTTP executors were handed and no gateway is there to call them for.

    What a gateway has begun stays: of that, the executor may report at any time.
    """
    cursor.execute(
        f"""
        SELECT lease.id::text
          FROM executors_lease lease
          JOIN executors_executor executor ON executor.id = lease.executor_id
         WHERE lease.state = 'assigned' AND executor.protocol <> 'celery'
           AND NOT {gateway_there("%s")}
        """,  # noqa: S608  (our own constants)
        (heartbeat_limit,),
    )
    if uncalled := [row[0] for row in cursor.fetchall()]:
        leases.release(cursor, uncalled)
        logger.warning("No gateway: %d leases of HTTP executors are given back.", len(uncalled))


def _lose_orphans(cursor: Cursor, heartbeat_interval: float) -> None:
    """Loses leases of executors that are offline, started anew, gone, or know nothing of them.

    A worker's heartbeat lists what it holds; a lease claimed well before it and not in it is held
    by nobody.
    """
    cursor.execute(
        """
        SELECT lease.id::text,
               CASE WHEN executor.id IS NULL THEN 'Its executor was removed.'
                    WHEN executor.status = 'offline' THEN 'Its executor went silent.'
                    ELSE 'Its executor no longer works on it.' END
          FROM executors_lease lease
          LEFT JOIN executors_executor executor ON executor.id = lease.executor_id
         WHERE lease.state IN ('assigned', 'claimed')
           AND (executor.id IS NULL
                OR executor.status = 'offline'
                OR lease.incarnation <> executor.incarnation
                OR (executor.protocol = 'celery'
                    AND lease.state = 'claimed' AND lease.id <> ALL (executor.held)
                    AND lease.claimed_at < executor.last_heartbeat - 2 * %s * interval '1 s'))
        """,
        (heartbeat_interval,),
    )
    by_reason: dict[str, list[str]] = {}
    for lease_id, reason in cursor.fetchall():
        by_reason.setdefault(reason, []).append(lease_id)
    for reason, lease_ids in by_reason.items():
        leases.lose(cursor, lease_ids, reason)


def _see_to_stalled(cursor: Cursor, patience: float) -> None:
    """Combines chunks whose chord never said that they are done, and ends cancelled jobs."""
    stalled = leases.parts.stalled(cursor, patience)
    for job_id in stalled.others:
        if leases.parts.queue_combine(cursor, job_id):
            logger.info("The chord of job %s did not end; its chunks are combined now.", job_id)
        leases.parts.end_broadcast(cursor, job_id)
    if stalled.cancelled:
        leases.parts.end_cancelled(cursor, stalled.cancelled)
    leases.parts.drop_leftovers(cursor)


def _unclaimed(cursor: Cursor, republish_after: float) -> list[PlannedLease]:
    """Gives back leases that wait behind a full or leaving executor; the rest are sent again."""
    cursor.execute(
        """
        SELECT executor.status = 'online' AND executor.slots > (
                   SELECT COALESCE(sum(other.slots), 0) FROM executors_lease other
                    WHERE other.executor_id = executor.id AND other.state = 'claimed'),
               lease.id::text, executor.id::text, executor.name, lease.job_type,
               array_fill(''::text, ARRAY[lease.size]), lease.slots, lease.priority,
               lease.timeout, lease.kind, executor.protocol
          FROM executors_lease lease
          JOIN executors_executor executor ON executor.id = lease.executor_id
         WHERE lease.state = 'assigned' AND lease.published_at < now() - %s * interval '1 s'
        """,
        (republish_after,),
    )
    rows = cursor.fetchall()
    again = [_planned(*lease) for has_room, *lease in rows if has_room]
    in_vain = [lease[0] for has_room, *lease in rows if not has_room]
    if in_vain:
        leases.release(cursor, in_vain)
    leases.mark_published(cursor, [lease.id for lease in again])
    return again


def _planned(*columns: Any) -> PlannedLease:
    *fields, protocol = columns
    return replace(PlannedLease(*fields), protocol=Protocol(protocol))
