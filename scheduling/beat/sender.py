"""Sends the messages of users' own Celery tasks, in a thread of its own.

A broker that is away must not hold up beat. What could not be sent stays in the outbox, and is
sent later by whoever leads then.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable

from django.db import DatabaseError, connection
from kombu.exceptions import OperationalError

from scheduling.beat import outbox
from scheduling.beat.outbox import Message

logger = logging.getLogger("celeriac.beat")

PATIENCE = 5.0
"""Seconds that the end of the process waits for what is still to be sent."""
BACKLOG = 10_000
RETRY_EVERY = 1.0
BROKER_IS_AWAY = (OperationalError, OSError)


class Sender:
    """The thread, and the queue before it."""

    def __init__(self, connect: Callable[[], None], send: Callable[[Message], None]) -> None:
        self._connect = connect
        self._send = send
        self._queue: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._taken: set[str] = set()
        self._sent: list[Message] = []
        self._leads_until = 0.0
        self._thread = threading.Thread(target=self._work, name="sender", daemon=True)
        self._thread.start()

    def lead_until(self, moment: float) -> None:
        """Nobody else can lead before this time of the monotonic clock, so nobody else sends."""
        self._leads_until = moment

    def taken(self) -> frozenset[str]:
        """The ids of messages that it has, and has not taken out of the outbox."""
        return frozenset(self._taken)

    def put(self, messages: Iterable[Message]) -> None:
        """Has the messages sent that it does not have already; returns at once."""
        for message in messages:
            if message.id not in self._taken and len(self._taken) < BACKLOG:
                self._taken.add(message.id)
                self._queue.put(message)

    def stop(self) -> None:
        """Sends what waits, for a few seconds at most, and ends the thread."""
        self._queue.put(None)
        self._thread.join(PATIENCE)

    def _work(self) -> None:
        try:
            while True:
                try:
                    message = self._queue.get(timeout=RETRY_EVERY if self._sent else None)
                except queue.Empty:
                    self._confirm()
                    continue
                if message is None:
                    return
                self._handle(message)
        finally:
            connection.close()

    def _handle(self, message: Message) -> None:
        if self._try(message):
            self._sent.append(message)
            self._confirm()
        else:
            self._taken.discard(message.id)

    def _try(self, message: Message) -> bool:
        """Whether it is done with: sent, or such that no broker will ever take it."""
        try:
            self._connect()
            # The process may have been frozen meanwhile: then another leads, and sends it.
            if time.monotonic() > self._leads_until:
                return False
            self._send(message)
        except BROKER_IS_AWAY as error:
            logger.warning("%s is sent later: %s", message.periodic_task.name, error)
            return False
        except Exception:  # whatever a user's arguments raise
            logger.exception("%s can't be sent.", message.periodic_task.name)
        return True

    def _confirm(self) -> None:
        """Takes what was sent out of the outbox, at once: a later leader would send it again.

        On a connection of the thread's own, since it is true whoever leads.
        """
        try:
            with connection.cursor() as cursor:
                outbox.remove(cursor, self._sent)
        except DatabaseError as error:
            logger.warning("What was sent is written down later: %s", str(error).strip())
            connection.close()
            return
        self._taken.difference_update(message.id for message in self._sent)
        self._sent = []
