"""Lets one thread at a time read, and keeps the others from waiting for a slow Postgres."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from jobs.timelimit import TookTooLong

PATIENCE = 1.0
"""Seconds that a thread waits for its turn: there are few, and executors need them as well."""
REST = 10.0
"""Seconds for which nobody reads after it took too long."""
STALE = 60.0
"""Seconds past its time for which what was read before is given instead."""


class Gate:
    """Belongs to something that is read for many."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed_until = 0.0

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Alone within the block; raises `TookTooLong` where another is too slow, or was lately."""
        if not self._lock.acquire(timeout=PATIENCE):
            raise TookTooLong(seconds=PATIENCE)
        try:
            yield
        finally:
            self._lock.release()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """The part of the block in which Postgres is asked, if it may be."""
        if time.monotonic() < self._closed_until:
            raise TookTooLong(seconds=PATIENCE)
        try:
            yield
        except TookTooLong:
            self._closed_until = time.monotonic() + REST
            raise

    def open(self) -> None:
        """Forgets that it took too long."""
        self._closed_until = 0.0
