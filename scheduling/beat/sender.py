"""Sends the messages of users' own Celery tasks, in a thread of its own.

A broker that is away must not hold up beat. What could not be sent stays written down, and is
sent later by whoever leads then.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence

from kombu.exceptions import OperationalError

from scheduling.beat.own import Message

logger = logging.getLogger("celeriac.beat")

PATIENCE = 5.0
"""Seconds that the end of the process waits for what is still to be sent."""
BACKLOG = 10_000
BROKER_IS_AWAY = (OperationalError, OSError)


class Sender:
    """The thread, the queue before it, and what it has sent."""

    def __init__(self, connect: Callable[[], None], send: Callable[[Message], None]) -> None:
        self._connect = connect
        self._send = send
        self._queue: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._sent: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._taken: set[str] = set()
        self._leads_until = 0.0
        self._thread = threading.Thread(target=self._work, name="sender", daemon=True)
        self._thread.start()

    def lead_until(self, moment: float) -> None:
        """Nobody else can lead before this time of the monotonic clock, so nobody else sends."""
        self._leads_until = moment

    def put(self, messages: Iterable[Message]) -> None:
        """Has the messages sent that it does not have already; returns at once."""
        for message in messages:
            if message.id not in self._taken and len(self._taken) < BACKLOG:
                self._taken.add(message.id)
                self._queue.put(message)

    def take_sent(self) -> Sequence[Message]:
        """What was sent since the last call."""
        return [self._sent.get() for _ in range(self._sent.qsize())]

    def forget(self, messages: Iterable[Message]) -> None:
        """That these were sent is written down."""
        self._taken.difference_update(message.id for message in messages)

    def stop(self) -> None:
        """Sends what waits, for a few seconds at most, and ends the thread."""
        self._queue.put(None)
        self._thread.join(PATIENCE)

    def _work(self) -> None:
        while (message := self._queue.get()) is not None:
            if self._try(message):
                self._sent.put(message)
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
