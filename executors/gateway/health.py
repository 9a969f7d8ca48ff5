"""Checks the health of HTTP executors when they are due."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence

from executors.gateway import rows
from executors.gateway.calling import Caller
from executors.gateway.gathering import Gathering
from executors.gateway.places import GENEROSITY
from executors.gateway.rows.checks import Finding
from executors.gateway.threads import in_database, in_transaction, surely
from executors.gateway.turns import may_have_more
from executors.protocols.contract import Target
from jobs import wake

logger = logging.getLogger("celeriac.gateway")

AT_ONCE = 450
"""Checks under way; each has a socket. More are left to the next look, or to other gateways."""
A_LOOK = 100
"""Checks begun at each look: more would take each other the time in which they have to end."""


def room_for(under_way: Counter[str]) -> tuple[int, list[str]]:
    """How many checks may begin, and the groups of which none may: they have enough for now.

    Half of what is free at most, so that no group gets far beyond what it may have by one look.
    """
    free = AT_ONCE - under_way.total()
    full = [group for group, has in under_way.items() if not may_have_more(has, free, GENEROSITY)]
    return min(A_LOOK, (free + 1) // 2), full


class Health:
    """The checks under way, and what is found by them."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._findings = Gathering(note)
        self._checks: dict[asyncio.Task[None], str] = {}

    async def check_due(self) -> None:
        """Starts the checks that are due; they go on by themselves."""
        limit, full = room_for(Counter(self._checks.values()))
        if not limit:
            return
        due = await in_transaction(lambda cursor: rows.checks.due(cursor, limit, besides=full))
        for target in due:
            task = asyncio.create_task(self._check(target))
            self._checks[task] = target.group
            task.add_done_callback(self._checks.pop)

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
