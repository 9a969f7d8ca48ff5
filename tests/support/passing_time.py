"""An event loop whose clock a test sets forward: nobody waits until a deadline, nor too short."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


class PassingTime(asyncio.SelectorEventLoop):
    """Time goes by in it, and more of it where a test, from whatever thread, says so."""

    def __init__(self) -> None:
        self._ahead = 0.0
        super().__init__()

    def time(self) -> float:
        """Seconds, of which some may just have been said to be over."""
        return super().time() + self._ahead

    def let_pass(self, seconds: float) -> None:
        """Those who wait for a time within these seconds have waited long enough."""
        self._ahead += seconds
        with suppress(RuntimeError):  # It is closed already.
            self.call_soon_threadsafe(lambda: None)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs the work to its end, and closes the loop."""
        with asyncio.Runner(loop_factory=lambda: self) as runner:
            return runner.run(work)
