"""Handing over where there is no gateway, in a child of a prefork worker: one call at a time."""

from __future__ import annotations

import asyncio
from functools import cache

from executors.gateway import limits
from executors.gateway.calling import Caller
from executors.gateway.handing_over import HandingOver
from executors.gateway.http import Http


def hand_over(lease_id: str) -> None:
    """Returns once it is known what came of it."""
    asyncio.run(_hand_over(lease_id))


async def _hand_over(lease_id: str) -> None:
    await HandingOver(Caller(_http())).hand_over(lease_id)


@cache
def _http() -> Http:
    return limits.make_http()
