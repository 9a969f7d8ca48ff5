"""What a gateway does again and again beside handing over, as a list of steps."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from django.db import DatabaseError, InterfaceError

from executors.gateway import rows
from executors.gateway.calling import Caller
from executors.gateway.decisions import Attention
from executors.gateway.handing_over import HandingOver
from executors.gateway.health import Health
from executors.gateway.threads import in_database, in_transaction
from executors.gateway.watching import Watch
from executors.protocols.contract import Speaker
from jobs import wake
from jobs.sql import Cursor

logger = logging.getLogger("celeriac.gateway")

EVERY = 0.5
"""Seconds between rounds."""


class Rounds:
    """The steps, and what they remember."""

    def __init__(self, caller: Caller, handing_over: HandingOver) -> None:
        self._caller = caller
        self._health = Health(caller)
        self._watch = Watch(caller, handing_over)
        self._attention = Attention(time.monotonic())
        self._pulling: dict[Speaker, asyncio.Task[None]] = {}
        self._steps: list[Callable[[], Awaitable[None]]] = [
            self._health.check_due,
            self._watch.look,
            self._retire_silent,
            self._pull_logs,
        ]

    async def go_on(self, stopping: asyncio.Event) -> None:
        """Round after round until told to stop."""
        while not stopping.is_set():
            await self._round()
            try:
                await asyncio.wait_for(stopping.wait(), EVERY)
            except TimeoutError:
                continue

    async def end(self) -> None:
        """Waits for what was begun and nobody else knows of."""
        await self._health.end()
        await self._watch.end()
        for task in self._pulling.values():
            task.cancel()
        await asyncio.gather(*self._pulling.values(), return_exceptions=True)

    async def _round(self) -> None:
        for step in self._steps:
            try:
                await step()
            except (DatabaseError, InterfaceError) as error:
                logger.warning("The database is away: %s", error)
            except Exception:
                # The gateway has to outlive whatever one step stumbles over.
                logger.exception("A step of the gateway's round failed.")

    async def _retire_silent(self) -> None:
        names = await in_transaction(self._find_silent)
        if names:
            logger.warning("Silent for too long: %s", ", ".join(names))
            await in_database(wake.wake_dispatcher)

    def _find_silent(self, cursor: Cursor) -> list[str]:
        # Only here is the database surely back: while it was away nobody could be heard.
        return rows.watch.retire_silent(cursor, self._attention.look(time.monotonic()))

    async def _pull_logs(self) -> None:
        for speaker in self._caller.speakers():
            task = self._pulling.get(speaker)
            if task is None or task.done():
                self._pulling[speaker] = asyncio.create_task(self._pull(speaker))

    async def _pull(self, speaker: Speaker) -> None:
        try:
            await speaker.pull_logs(self._caller.http)
        except Exception:
            logger.exception("Logs could not be pulled.")
