"""Rows of the dispatcher and beat processes: who leads, who stands by, who is alive."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.sql import Cursor

FORGET_AFTER = 60
"""Seconds without a beat after which a process's row is removed."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One process that may lead."""

    id: str
    role: str
    host: str
    pid: int


def beat(cursor: Cursor, instance: Instance, *, leads: bool) -> None:
    """Enters or refreshes the row; only one of a role is shown as the leader."""
    cursor.execute(
        """
        INSERT INTO scheduling_schedulerinstance AS instance (id, role, host, pid, leader_since)
        VALUES (%s, %s, %s, %s, CASE WHEN %s THEN now() END)
        ON CONFLICT (id) DO UPDATE
           SET last_beat = now(),
               leader_since = CASE WHEN %s THEN COALESCE(instance.leader_since, now()) END
        """,
        (instance.id, instance.role, instance.host, instance.pid, leads, leads),
    )
    if leads:
        cursor.execute(
            """
            DELETE FROM scheduling_schedulerinstance
             WHERE role = %s AND id <> %s
               AND (leader_since IS NOT NULL OR last_beat < now() - %s * interval '1 s')
            """,
            (instance.role, instance.id, FORGET_AFTER),
        )


def leave(cursor: Cursor, instance: Instance) -> None:
    """Removes the row of a process that ends."""
    cursor.execute("DELETE FROM scheduling_schedulerinstance WHERE id = %s", (instance.id,))
