"""An executor's row: how a worker enters it, keeps it fresh and leaves. Plain SQL on a cursor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from executors import leases
from executors.leases.live import live_of
from executors.states import LIVE, LeaseState
from executors.worker.identity import Identity
from jobs import labels
from jobs.ids import uuid7
from jobs.sql import Cursor, array

LOCK_SPACE = 0x_CE1E
"""The first key of the advisory locks that say «an executor of this name is alive»."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A worker process that wants to be an executor."""

    name: str
    slots: int
    pool: str
    host: str
    pid: int
    types: list[str]
    labels: Mapping[str, str] = field(default_factory=dict)


def take_name(cursor: Cursor, name: str) -> bool:
    """Takes the lock that a living executor of this name holds; False if one does.

    The lock lasts as long as the session, so that it dies with the process.
    """
    cursor.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", (LOCK_SPACE, name))
    row = cursor.fetchone()
    return bool(row and row[0])


def whereabouts(cursor: Cursor, name: str) -> str:
    """The process that was the executor of this name last, in words."""
    cursor.execute(
        """
        SELECT format('process %%s on %%s, heard of %%s s ago', pid, host,
                      round(extract(epoch FROM now() - last_heartbeat)))
          FROM executors_executor WHERE name = %s
        """,
        (name,),
    )
    row = cursor.fetchone()
    return str(row[0]) if row else "a process that has not entered yet"


def enter(cursor: Cursor, newcomer: Newcomer) -> Identity:
    """Enters a new incarnation, and writes off what the one before it had claimed.

    It drains still if a person asked the one before it to, until a person has it resume.
    """
    incarnation = uuid7()
    cursor.execute(
        """
        INSERT INTO executors_executor
              (id, name, slots, pool, host, pid, types, incarnation, status, labels, held)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 'online', %s, '{}')
        ON CONFLICT (name) DO UPDATE
           SET slots = excluded.slots, pool = excluded.pool, host = excluded.host,
               pid = excluded.pid, types = excluded.types, incarnation = excluded.incarnation,
               labels = excluded.labels, held = '{}', status = CASE
                   WHEN executors_executor.drained_by IS NULL THEN 'online' ELSE 'draining' END,
               started_at = now(), last_heartbeat = now()
        RETURNING id::text
        """,
        (
            uuid7(),
            newcomer.name,
            newcomer.slots,
            newcomer.pool,
            newcomer.host,
            newcomer.pid,
            newcomer.types,
            incarnation,
            labels.canonical(newcomer.labels),
        ),
    )
    row = cursor.fetchone()
    assert row is not None
    executor_id = str(row[0])
    lose_of_others(cursor, executor_id, incarnation, newcomer.name)
    return Identity(executor_id, newcomer.name, incarnation, newcomer.pool, newcomer.slots)


def lose_of_others(cursor: Cursor, executor_id: str, incarnation: str, name: str) -> None:
    """Writes off what earlier incarnations of an executor had claimed."""
    cursor.execute(
        """
        SELECT id::text FROM executors_lease
         WHERE executor_id = %s AND state = 'claimed' AND incarnation <> %s
        """,
        (executor_id, incarnation),
    )
    orphans = [row[0] for row in cursor.fetchall()]
    leases.lose(cursor, orphans, f"Its executor {name} was started anew.")


def beat(cursor: Cursor, identity: Identity, held: Iterable[str], age: float = 0.0) -> bool:
    """Says that this incarnation lives and which leases it works on; False if it was replaced.

    `held` was so `age` seconds ago, which is the time of the heartbeat: recovery takes a lease for
    lost that was claimed well before it and is not in it. An executor that was taken for dead is
    again what it was before with its next heartbeat.
    """
    cursor.execute(
        """
        UPDATE executors_executor
           SET last_heartbeat = now() - %s * interval '1 s', held = %s::uuid[],
               status = CASE WHEN status <> 'offline' THEN status
                             WHEN drained_by IS NULL THEN 'online' ELSE 'draining' END
         WHERE id = %s AND incarnation = %s
        """,
        (age, array(held), identity.executor_id, identity.incarnation),
    )
    return cursor.rowcount == 1


def overdue_cancellations(cursor: Cursor, identity: Identity, grace: float) -> list[str]:
    """Leases of this executor with work that was asked to stop over `grace` seconds ago.

    That is a job that was cancelled, or a part of one that has ended by another part.
    """
    cursor.execute(
        """
        SELECT DISTINCT lease.id::text
          FROM executors_lease lease
          JOIN executors_execution execution ON execution.lease_id = lease.id
          JOIN jobs_job job ON job.id = execution.job_id
         WHERE lease.executor_id = %(executor)s AND lease.state = 'claimed'
           AND execution.state = 'running'
           AND (execution.kind <> 'whole' OR job.execution_id = execution.id)
           AND CASE WHEN job.status = 'running' THEN job.cancel_requested_at
                    WHEN execution.kind <> 'whole' THEN job.completed_at
                END < now() - %(grace)s * interval '1 s'
        """,
        {"executor": identity.executor_id, "grace": grace},
    )
    return [row[0] for row in cursor.fetchall()]


def drain(cursor: Cursor, identity: Identity) -> None:
    """Takes no more work, and gives back what was assigned but not claimed."""
    if _set_status(cursor, identity, "draining"):
        leases.release(cursor, live_of(cursor, identity.executor_id, LeaseState.ASSIGNED))


def leave(cursor: Cursor, identity: Identity) -> None:
    """The process ends: the executor is offline, and what it still holds is lost."""
    if _set_status(cursor, identity, "offline"):
        remaining = live_of(cursor, identity.executor_id, *LIVE)
        leases.lose(cursor, remaining, f"Its executor {identity.name} was stopped.")


def _set_status(cursor: Cursor, identity: Identity, status: str) -> bool:
    """False if another incarnation took over: the executor is its own now."""
    cursor.execute(
        "UPDATE executors_executor SET status = %s WHERE id = %s AND incarnation = %s",
        (status, identity.executor_id, identity.incarnation),
    )
    return cursor.rowcount == 1
