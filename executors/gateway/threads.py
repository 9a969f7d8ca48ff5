"""Database work of the gateway's loop: in a few threads, so that the loop never waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

# Each keeps a connection to the database.
_workers = ThreadPoolExecutor(4, thread_name_prefix="gateway-database")


async def in_database(work: Callable[[], T]) -> T:
    """Runs `work`, which may use Django's connection and wait, in a thread."""
    return await asyncio.get_running_loop().run_in_executor(_workers, work)
