"""Checks the health of HTTP executors when they are due."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from executors.gateway import rows
from executors.gateway.calling import Caller
from executors.gateway.gathering import Gathering
from executors.gateway.rows.checks import Finding
from executors.gateway.threads import in_database, in_transaction, surely
from executors.protocols.contract import Target
from jobs import wake

logger = logging.getLogger("celeriac.gateway")

AT_ONCE = 400
"""Checks under way; each has a socket. More are left to the next look, or to other gateways."""
A_LOOK = 100
"""Checks begun at each look: more would take each other the time in which they have to end."""


class Health:
    """The checks under way, and what is found by them."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._findings = Gathering(note)
        self._checks: set[asyncio.Task[None]] = set()

    async def check_due(self) -> None:
        """Starts the checks that are due; they go on by themselves."""
        free = min(AT_ONCE - len(self._checks), A_LOOK)
        if free <= 0:
            return
        for target in await in_transaction(lambda cursor: rows.checks.due(cursor, free)):
            task = asyncio.create_task(self._check(target))
            self._checks.add(task)
            task.add_done_callback(self._checks.discard)

    async def finish(self) -> int:
        """Waits until the checks under way are written down; how many there were."""
        return len(await asyncio.gather(*self._checks))

    async def end(self) -> None:
        """Drops the checks under way: others will make the next ones."""
        for task in self._checks:
            task.cancel()
        await asyncio.gather(*self._checks, return_exceptions=True)

    async def _check(self, target: Target) -> None:
        await self._findings.add(await self._caller.check(target))


async def note(findings: Sequence[Finding]) -> Sequence[None]:
    """Writes findings down, and says who went and who came."""
    changes = await surely(lambda cursor: rows.checks.note(cursor, findings))
    for name, status in changes:
        logger.warning("%s is %s.", name, status)
    if changes:
        await in_database(wake.wake_dispatcher)
    return [None] * len(findings)
