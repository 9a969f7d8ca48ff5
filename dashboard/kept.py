"""What was read lately, kept for a moment: many open pages of a process cost one look."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """Keeps up to `most` values by their keys, each for some seconds."""

    def __init__(self, seconds: float, most: int = 16) -> None:
        self._seconds = seconds
        self._most = most
        self._values: dict[Hashable, tuple[float, T]] = {}
        # Held while something is read: who asks for it meanwhile gets the same.
        self._lock = threading.Lock()

    def get(self, key: Hashable, read: Callable[[], T]) -> T:
        """The value that is kept under the key, or what `read` returns, kept from now on."""
        with self._lock:
            until, value = self._values.get(key, (0.0, None))
            if value is not None and time.monotonic() < until:
                return value
            fresh = read()
            self._values.pop(key, None)
            while len(self._values) >= self._most:
                del self._values[next(iter(self._values))]
            self._values[key] = (time.monotonic() + self._seconds, fresh)
            return fresh

    def clear(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._values.clear()
