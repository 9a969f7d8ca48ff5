"""Lines of a lease that wait in memory to be written. Touches no database."""

from __future__ import annotations

import threading
from collections import deque
from itertools import islice

from executors.logs.store import Entry

SPOOL_MAX_BYTES = 4 * 1024 * 1024
"""What may wait, were the database away for ever; a log that finds no room is cut."""


class Spool:
    """Filled by the handlers' threads, emptied by whoever writes, one at a time.

    `lock` guards it and all the logs that fill it.
    """

    def __init__(self) -> None:
        # A signal handler or a finaliser may speak while its own thread holds it.
        self.lock = threading.RLock()
        self._entries: deque[Entry] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def has_room(self, cost: int) -> bool:
        """Whether a line of so many bytes may wait here."""
        return self._bytes + cost <= SPOOL_MAX_BYTES

    def put(self, entry: Entry) -> None:
        """Adds a line; call it with the lock held."""
        self._entries.append(entry)
        self._bytes += entry.line.cost

    def first(self, count: int) -> list[Entry]:
        """The oldest lines, which stay until they are dropped."""
        with self.lock:
            return list(islice(self._entries, count))

    def drop(self, count: int) -> None:
        """Forgets the oldest lines, which have been written."""
        with self.lock:
            for _ in range(count):
                self._bytes -= self._entries.popleft().line.cost
