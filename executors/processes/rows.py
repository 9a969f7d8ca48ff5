"""How a process enters its row, keeps it fresh and leaves. Plain SQL on a cursor."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass, field

from executors.processes.roles import ProcessRole
from jobs.ids import uuid7
from jobs.sql import Cursor

FORGET_AFTER = 60.0
"""Seconds without a beat after which a process's row is removed."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One process in one role; as a rule, this process."""

    role: ProcessRole
    id: str = field(default_factory=uuid7)
    host: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)
    began: float = field(default_factory=time.monotonic)


def beat(cursor: Cursor, instance: Instance, *, leads: bool = False) -> None:
    """Enters or refreshes the row. A leader's removes what others have left behind.

    That is every row that is long dead, and of its own role whoever is shown as leading: only one
    is.
    """
    cursor.execute(
        """
        INSERT INTO executors_process AS process (id, role, host, pid, started_at, leader_since)
        VALUES (%s, %s, %s, %s, now() - %s * interval '1 s', CASE WHEN %s THEN now() END)
        ON CONFLICT (id) DO UPDATE
           SET last_beat = now(),
               leader_since = CASE WHEN %s THEN COALESCE(process.leader_since, now()) END
        """,
        (
            instance.id,
            instance.role,
            instance.host,
            instance.pid,
            time.monotonic() - instance.began,
            leads,
            leads,
        ),
    )
    if leads:
        # Two leaders, of different roles, may do so at once, in any order: neither waits.
        cursor.execute(
            """
            DELETE FROM executors_process WHERE id IN (
                SELECT id FROM executors_process
                 WHERE id <> %s AND (last_beat < now() - %s * interval '1 s'
                                     OR role = %s AND leader_since IS NOT NULL)
                   FOR UPDATE SKIP LOCKED)
            """,
            (instance.id, FORGET_AFTER, instance.role),
        )


def leave(cursor: Cursor, instance: Instance) -> None:
    """The process ends. Its row is kept for a while: see `reading.gateway_there`."""
    cursor.execute(
        """
        UPDATE executors_process SET ended_at = now(), leader_since = NULL WHERE id = %s
        """,
        (instance.id,),
    )
