"""Keeps a worker known as an executor: the thread that registers it and sends its heartbeats.

It has a database connection of its own, whose session holds the lock on the executor's name.
Celery's own timers stop while the broker is away; this thread does not.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import (
    DatabaseError,
    InterfaceError,
    OperationalError,
    connections,
    transaction,
)

from executors.errors import NameTaken
from executors.worker import identity as identity_module
from executors.worker import registration
from executors.worker.identity import Identity
from executors.worker.registration import Newcomer
from jobs import wake
from jobs.sql import retry_on_deadlock

logger = logging.getLogger("celeriac.worker")

Errand = Callable[[Any, Identity], None]

NAME_PATIENCE = 5.0
"""Seconds beyond HEARTBEAT_LIMIT that a newcomer waits for the session of an ended namesake."""


class Presence:
    """The executor's presence in the database, from start to end.

    `held` tells the leases that the process works on; `kill` ends the process that works on a
    lease, where the pool can; `replaced` is called when another incarnation took over.
    """

    def __init__(
        self,
        newcomer: Newcomer,
        *,
        held: Callable[[], list[str]],
        kill: Callable[[str], None],
        replaced: Callable[[], None],
    ) -> None:
        self._newcomer = newcomer
        self._held = held
        self._kill = kill
        self._replaced = replaced
        self._identity: Identity | None = None
        self._connection: Any = None
        self._entered = threading.Event()
        self._leaving = threading.Event()
        self._over = threading.Event()
        self._wake = threading.Event()
        self._errands: deque[Errand] = deque()
        self._failure: NameTaken | None = None
        self._thread = threading.Thread(target=self._live, name="presence", daemon=True)

    def start(self) -> None:
        """Returns once the executor is registered; raises `NameTaken`."""
        self._thread.start()
        self._entered.wait()
        if self._failure:
            raise self._failure

    def send(self, errand: Errand) -> None:
        """Has `errand(cursor, identity)` run in a transaction by the presence's thread, soon.

        It is tried again until the database is there.
        """
        self._errands.append(errand)
        self._wake.set()

    def end(self) -> None:
        """Leaves: the executor is offline."""
        # First, as a heartbeat after it has left would bring it back online.
        self._leaving.set()
        self.send(registration.leave)
        self._over.set()
        self._wake.set()
        self._thread.join(timeout=10)

    def fileno(self) -> int | None:
        """The socket of its session, which a forked child must not keep open."""
        try:
            return int(self._connection.connection.fileno())
        except (AttributeError, InterfaceError):
            return None

    def _live(self) -> None:
        pause = settings.CELERIAC["HEARTBEAT_INTERVAL"]
        while not self._over.is_set() or self._errands:
            try:
                if self._connection is None:
                    self._enter()
                # A lease leaves this list after its errand was sent. So, with errands run in
                # between, no heartbeat misses a lease of which there is more to write: recovery
                # would take it for lost.
                read_at, held = time.monotonic(), self._held()
                self._run_errands()
                if not self._leaving.is_set():
                    self._beat(held, read_at)
            except NameTaken as error:
                self._give_up(error)
                return
            except (DatabaseError, InterfaceError) as error:
                logger.warning("The database is away; heartbeats go on when it is back: %s", error)
                self._disconnect()
            except Exception:
                # Without this thread the executor would be taken for dead.
                logger.exception("The presence stumbled; it goes on.")
                self._disconnect()
            if self._over.is_set() and not self._errands:
                break
            self._wake.wait(pause)
            self._wake.clear()
        self._disconnect()

    def _enter(self) -> None:
        """Takes the name, and enters as a new incarnation if this is the first time."""
        connection = connections.create_connection("default")
        limit_ms = int(settings.CELERIAC["HEARTBEAT_LIMIT"] * 1000)
        with connection.cursor() as cursor:
            # A frozen process must not keep its name for ever.
            cursor.execute(f"SET idle_session_timeout = {limit_ms}")
            if not self._take_name(cursor):
                connection.close()
                raise NameTaken(name=self._newcomer.name)
        self._connection = connection
        if self._identity is None:
            with transaction.atomic(), connections["default"].cursor() as cursor:
                self._identity = registration.enter(cursor, self._newcomer)
            identity_module.become(self._identity)
            wake.wake_dispatcher()
            connections["default"].close()
            self._entered.set()

    def _take_name(self, cursor: Any) -> bool:
        """Waits for a namesake that has ended, whose session may be there still.

        A machine or a network that fails says nothing: Postgres ends such a session for its
        silence. One that is alive never falls silent, and keeps the name.
        """
        name, patience = self._newcomer.name, settings.CELERIAC["HEARTBEAT_LIMIT"] + NAME_PATIENCE
        if registration.take_name(cursor, name):
            return True
        holder = registration.whereabouts(cursor, name)
        logger.warning(
            "%r is there already, %s: waiting for its end, %g s at most.", name, holder, patience
        )
        deadline = time.monotonic() + patience
        while not registration.take_name(cursor, name):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True

    def _beat(self, held: list[str], read_at: float) -> None:
        assert self._identity is not None
        with self._connection.cursor() as cursor:
            age = time.monotonic() - read_at
            if not registration.beat(cursor, self._identity, held, age):
                raise NameTaken(name=self._newcomer.name)
            grace = settings.CELERIAC["CANCEL_GRACE"]
            overdue = registration.overdue_cancellations(cursor, self._identity, grace)
        for lease_id in overdue:
            self._kill(lease_id)

    def _run_errands(self) -> None:
        while self._errands:
            try:
                retry_on_deadlock(self._run_errand)
            except (OperationalError, InterfaceError):
                raise  # the database is away
            except Exception:
                # One that fails each time would hold back every heartbeat.
                logger.exception("An errand failed and is dropped; recovery sees to its lease.")
            self._errands.popleft()
            wake.slots_came_free()
        connections["default"].close()

    def _run_errand(self) -> None:
        assert self._identity is not None
        with connections["default"].cursor() as cursor:
            self._errands[0](cursor, self._identity)

    def _give_up(self, error: NameTaken) -> None:
        self._disconnect()
        if self._entered.is_set():
            logger.critical("Another worker took over the name: %s", error)
            self._replaced()
        self._failure = error
        self._entered.set()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        connections["default"].close()
