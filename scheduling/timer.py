"""When something is due again, on the clock that never steps."""

from __future__ import annotations

import time


class Timer:
    """Due at once, then after what `after` says."""

    def __init__(self) -> None:
        self._at = time.monotonic()

    def after(self, seconds: float) -> None:
        """Sets it anew."""
        self._at = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds until it is due, 0 if it is."""
        return max(self._at - time.monotonic(), 0.0)

    def passed(self) -> bool:
        """Whether it is due."""
        return time.monotonic() >= self._at
