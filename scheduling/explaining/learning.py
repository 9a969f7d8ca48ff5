"""What a process that is no dispatcher knows of how long work takes."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

from django.db import connection

from jobs.timelimit import TookTooLong, time_limit
from scheduling import queue
from scheduling.batching import Durations
from scheduling.dispatcher import LEARN_FROM

EVERY = 3.0
"""Seconds for which what is known is good enough."""
PATIENCE = 2.0


class Learned:
    """Durations learned from closed leases, as the dispatcher does, but only when asked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Begins anew, with the last hour."""
        self._durations = Durations()
        self._until = time.time() - LEARN_FROM
        self._due = 0.0

    def durations(self) -> Durations:
        """What is known now; where Postgres takes too long, what was known before."""
        with self._lock:
            if time.monotonic() >= self._due:
                with suppress(TookTooLong):
                    self._learn()
                self._due = time.monotonic() + EVERY
            return Durations(dict(self._durations.known))

    def _learn(self) -> None:
        with time_limit(PATIENCE), connection.cursor() as cursor:
            news, self._until = queue.read_closed_leases(cursor, self._until)
        self._durations.learn(news)


learned = Learned()
