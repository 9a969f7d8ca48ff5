"""Leader election: a session advisory lock in Postgres, on a connection of its own.

The session times out on the server's side when its process is frozen or cut off, which frees
the lock; whatever the old leader then tries to write on it fails. So a leader writes only on
this connection, and pings it more often than the time-out.
"""

from __future__ import annotations

import logging
import os
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from django.db import connections

from jobs.ids import uuid7
from scheduling import instances

logger = logging.getLogger("celeriac.leader")

LOCK_SPACE = 0x_CE1F
"""The first key of the locks that leaders hold."""
SESSION_TIMEOUT_MS = 2000
STANDBY_POLL = 0.25
"""Seconds between a standby's tries; a blocking wait would hold back vacuum."""
BEAT_EVERY = 2.0

LOST = (psycopg2.OperationalError, psycopg2.InterfaceError)
"""What a leader's statement raises once it leads no more."""


class Leader:
    """One process's part in the election for `role`."""

    def __init__(self, role: str) -> None:
        self.role = role
        self.stopping = threading.Event()
        self.pause = STANDBY_POLL
        """Seconds to wait before standing again."""
        self._instance = instances.Instance(uuid7(), role, socket.gethostname(), os.getpid())
        self._connection: Any = None

    def campaign(self) -> bool:
        """Waits until this process leads; False when it should stop instead."""
        while not self.stopping.is_set():
            if self.stand():
                return True
            self.stopping.wait(self.pause)
        return False

    def stand(self) -> bool:
        """Tries once to lead; if in vain, `pause` says when to try again."""
        try:
            if self._connection is None:
                self._connect()
            self.pause = STANDBY_POLL
            if self._try():
                logger.info("This %s leads.", self.role)
                return True
        except LOST as error:
            logger.warning("The database is away: %s", str(error).strip())
            self.resign()
            self.pause = 1.0
        return False

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        """For single statements, each a transaction by itself, on the leader's session."""
        with self._connection.cursor() as cursor:
            yield cursor

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """A cursor in a transaction on the leader's session."""
        self._connection.autocommit = False
        try:
            with self._connection, self._connection.cursor() as cursor:
                yield cursor
        finally:
            if not self._connection.closed:
                self._connection.autocommit = True

    def wait(self, seconds: float) -> None:
        """Returns when the connection has something to say, or after `seconds`."""
        # What came while a statement ran is in `notifies` already, and no longer in the socket.
        if not self._connection.notifies:
            ready, _, _ = select.select([self._connection], [], [], seconds)
            if ready:
                self._connection.poll()
        self._connection.notifies.clear()

    def beat(self) -> None:
        """Shows that this process is alive, and that it leads."""
        with self.transaction() as cursor:
            instances.beat(cursor, self._instance, leads=True)

    def resign(self) -> None:
        """Closes the session, which frees the lock."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def leave(self) -> None:
        """The process ends."""
        try:
            with self.cursor() as cursor:
                instances.leave(cursor, self._instance)
        except (*LOST, AttributeError, TypeError):
            logger.debug("No database to say good-bye to.")
        self.resign()

    def _connect(self) -> None:
        parameters = connections["default"].get_connection_params()
        parameters["options"] = (
            f"{parameters.get('options', '')} -c idle_session_timeout={SESSION_TIMEOUT_MS}"
            f" -c idle_in_transaction_session_timeout={SESSION_TIMEOUT_MS}"
            # What a crash of Postgres takes back of a leader's decisions is decided again.
            " -c synchronous_commit=off"
        ).strip()
        parameters["application_name"] = f"celeriac-{self.role}"
        self._connection = psycopg2.connect(**parameters)
        self._connection.autocommit = True

    def _try(self) -> bool:
        with self.transaction() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", (LOCK_SPACE, self.role))
            leads = bool(cursor.fetchone()[0])
            instances.beat(cursor, self._instance, leads=leads)
        return leads
