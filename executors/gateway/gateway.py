"""The gateway of one process: its loop, in a thread of its own, from start to end."""

from __future__ import annotations

import asyncio
import logging
import threading

from executors.gateway import threads
from executors.gateway.calling import Caller
from executors.gateway.handing_over import HandingOver
from executors.gateway.http import Http
from executors.gateway.rounds import Rounds

logger = logging.getLogger("celeriac.gateway")

PATIENCE = 3.0
"""Seconds for which calls under way may go on while the gateway ends, and those that follow."""


class Gateway:
    """Hands over what it is told to, and goes its rounds."""

    def __init__(self, http: Http) -> None:
        self._caller = Caller(http)
        self._thread = threading.Thread(target=self._live, name="gateway", daemon=True)
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._stopping: asyncio.Event
        self._handing_over: HandingOver
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Returns once leases can be handed over."""
        self._thread.start()
        self._ready.wait()

    def hand_over(self, lease_id: str) -> None:
        """Has a lease handed over; returns at once. Dropped if the gateway is about to end."""
        try:
            self._loop.call_soon_threadsafe(self._begin, lease_id)
        except RuntimeError:
            logger.info("Lease %s came too late; it will be sent again.", lease_id)

    def stop(self) -> None:
        """Finishes what is under way, or gives it back after a while, and ends the thread."""
        if self._ready.is_set():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()
            threads.end()

    def _live(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        self._handing_over = HandingOver(self._caller)
        rounds = Rounds(self._caller, self._handing_over)
        self._ready.set()
        await rounds.go_on(self._stopping)
        await self._end(rounds)

    def _begin(self, lease_id: str) -> None:
        if self._stopping.is_set():
            return
        task = asyncio.create_task(self._handing_over.hand_over(lease_id))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logger.error("A lease was not handed over; it will be again.", exc_info=error)

    async def _end(self, rounds: Rounds) -> None:
        """What a call comes to is written down in any case, if only that it was broken off."""
        finishing = asyncio.create_task(self._finish(rounds))
        while not finishing.done():
            await asyncio.wait([finishing], timeout=PATIENCE)
            self._caller.hang_up()

    async def _finish(self, rounds: Rounds) -> None:
        await rounds.end()
        while self._tasks:
            await asyncio.wait(self._tasks)
