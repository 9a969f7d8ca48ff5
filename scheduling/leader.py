"""Leader election: an advisory lock in Postgres, held by a session of its own.

The session times out when its process is frozen or cut off, which frees the lock; whatever the
old leader then tries to write on it fails. So a leader writes only on this session, and pings it
more often than the time-out.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from executors.processes import rows
from executors.processes.roles import ProcessRole
from executors.processes.rows import Instance
from scheduling.session import LOST, TIMEOUT_MS, Session

logger = logging.getLogger("celeriac.leader")

LOCK_SPACE = 0x_CE1F
"""The first key of the locks that leaders hold."""
SESSION_TIMEOUT_MS = TIMEOUT_MS
STANDBY_POLL = 0.25
"""Seconds between a standby's tries; a blocking wait would hold back vacuum."""

__all__ = ["LOST", "SESSION_TIMEOUT_MS", "Leader"]


class Leader:
    """One process's part in the election for `role`."""

    def __init__(self, role: ProcessRole) -> None:
        self.role = role
        self.stopping = threading.Event()
        self.pause = STANDBY_POLL
        """Seconds to wait before standing again."""
        self._instance = Instance(role)
        self._session: Session | None = None

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
            if self._session is None:
                self._session = Session(self.role)
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
        with self._open.cursor() as cursor:
            yield cursor

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """A cursor in a transaction on the leader's session."""
        with self._open.transaction() as cursor:
            yield cursor

    def wait(self, seconds: float) -> None:
        """Returns when the session has something to say, or after `seconds`."""
        self._open.wait(seconds)

    def beat(self) -> None:
        """Shows that this process is alive, and that it leads."""
        with self.transaction() as cursor:
            rows.beat(cursor, self._instance, leads=True)

    def resign(self) -> None:
        """Closes the session, which frees the lock."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def leave(self) -> None:
        """The process ends."""
        if self._session is not None:
            try:
                with self.cursor() as cursor:
                    rows.leave(cursor, self._instance)
            except LOST:
                logger.debug("No database to say good-bye to.")
        self.resign()

    @property
    def _open(self) -> Session:
        assert self._session is not None, "Only who stood for the lead has a session."
        return self._session

    def _try(self) -> bool:
        with self.transaction() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", (LOCK_SPACE, self.role))
            leads = bool(cursor.fetchone()[0])
            rows.beat(cursor, self._instance, leads=leads)
        return leads
