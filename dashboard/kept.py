"""What was read lately, kept for a moment: many open pages of a process cost one look."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from dashboard.gate import STALE, Gate
from jobs.timelimit import TookTooLong

T = TypeVar("T")


class Kept(Generic[T]):
    """Keeps up to `most` values by their keys, each for some seconds."""

    def __init__(self, seconds: float, most: int = 16) -> None:
        self._seconds = seconds
        self._most = most
        self._values: dict[Hashable, tuple[float, T]] = {}
        # Passed by one while something is read: who asks for it meanwhile gets the same.
        self._gate = Gate()

    def get(self, key: Hashable, read: Callable[[], T]) -> T:
        """The value that is kept under the key, or what `read` returns, kept from now on.

        Where that takes too long it is the value of before; without one, it raises `TookTooLong`.
        """
        try:
            with self._gate.passed():
                until, value = self._values.get(key, (0.0, None))
                if value is not None and time.monotonic() < until:
                    return value
                with self._gate.reading():
                    fresh = read()
                self._keep(key, fresh)
                return fresh
        except TookTooLong:
            until, value = self._values.get(key, (0.0, None))
            if value is None or time.monotonic() > until + STALE:
                raise
            return value

    def clear(self) -> None:
        """Forgets everything."""
        with self._gate.passed():
            self._values.clear()
            self._gate.open()

    def _keep(self, key: Hashable, value: T) -> None:
        self._values.pop(key, None)
        while len(self._values) >= self._most:
            del self._values[next(iter(self._values))]
        self._values[key] = (time.monotonic() + self._seconds, value)
