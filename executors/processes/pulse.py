"""Keeps the row of a process fresh that has no session of its own for that."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connections

from executors.processes import rows
from executors.processes.roles import ProcessRole
from executors.processes.rows import Instance
from jobs.sql import Cursor

logger = logging.getLogger("celeriac.processes")

PATIENCE = 5.0
"""Seconds that Postgres may take for one statement."""


class Pulse:
    """A thread with a database connection of its own that beats every `HEARTBEAT_INTERVAL`.

    A database that is away ends nothing: the beats go on when it is back.
    """

    def __init__(self, role: ProcessRole) -> None:
        self._instance = Instance(role)
        self._connection: Any = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._live, name="pulse", daemon=True)

    def start(self) -> None:
        """Begins; returns at once."""
        self._thread.start()

    def end(self) -> None:
        """The process ends: it is no longer shown as alive. Waits for that, but not for long."""
        self._ending.set()
        # For a beat that is under way, and for the good-bye.
        self._thread.join(2 * PATIENCE)

    def _live(self) -> None:
        pause = settings.CELERIAC["HEARTBEAT_INTERVAL"]
        self._write(rows.beat)
        while not self._ending.wait(pause):
            self._write(rows.beat)
        self._write(rows.leave)
        self._disconnect()

    def _write(self, verb: Callable[[Cursor, Instance], None]) -> None:
        try:
            if self._connection is None:
                self._connect()
            with self._connection.cursor() as cursor:
                verb(cursor, self._instance)
        except (DatabaseError, InterfaceError) as error:
            logger.warning("This %s can't be seen to be alive: %s", self._instance.role, error)
            self._disconnect()

    def _connect(self) -> None:
        self._connection = connections.create_connection("default")
        with self._connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = {int(PATIENCE * 1000)}")

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
