"""Places for work of many owners in one event loop, given out by turns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from executors.gateway.turns import Turns

GENEROSITY = 3


class Places:
    """Like a semaphore, but one owner leaves some of it to others."""

    def __init__(self, count: int) -> None:
        self._turns: Turns[asyncio.Future[None]] = Turns(count, GENEROSITY)

    @asynccontextmanager
    async def taken(self, owner: str) -> AsyncIterator[None]:
        """Waits for a place, and has it while the block lasts."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._turns.wait(owner, turn)
        self._go_on()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # The turn came in the same moment.
                self._leave(owner)
            raise
        try:
            yield
        finally:
            self._leave(owner)

    def _leave(self, owner: str) -> None:
        self._turns.end(owner)
        self._go_on()

    def _go_on(self) -> None:
        while found := self._turns.begin():
            owner, turn = found
            if turn.done():  # Who waited was cancelled.
                self._turns.end(owner)
            else:
                turn.set_result(None)
