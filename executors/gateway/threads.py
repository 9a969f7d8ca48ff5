"""Database work of the gateway's loop: in a few threads, so that the loop never waits for it."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection, transaction

from executors.worker.store import patiently
from jobs.sql import Cursor

T = TypeVar("T")

THREADS = 4
"""Each keeps a connection to the database."""

_workers: ThreadPoolExecutor | None = None


async def in_database(work: Callable[[], T]) -> T:
    """Runs `work`, which may use Django's connection and wait, in a thread.

    Raises what it raises; where the database is away, the next try finds a new connection.
    """
    global _workers
    if _workers is None:
        _workers = ThreadPoolExecutor(THREADS, thread_name_prefix="gateway-database")
    return await asyncio.get_running_loop().run_in_executor(_workers, _try, work)


def _try(work: Callable[[], T]) -> T:
    try:
        return work()
    except (OperationalError, InterfaceError):
        connection.close()
        raise


async def in_transaction(work: Callable[[Cursor], T]) -> T:
    """Runs `work` with a cursor, in a transaction."""
    return await in_database(transaction.atomic(lambda: _with_cursor(work)))


async def surely(work: Callable[[Cursor], T]) -> T:
    """The same, again and again until the database is there.

    So it has to be safe to repeat, as the guarded verbs are.
    """
    return await in_database(lambda: patiently(transaction.atomic(lambda: _with_cursor(work))))


def _with_cursor(work: Callable[[Cursor], T]) -> T:
    with connection.cursor() as cursor:
        return work(cursor)


def end() -> None:
    """Waits for what runs, closes the connections and ends the threads."""
    global _workers
    if _workers is not None:
        workers, _workers = _workers, None
        # Each thread has to close its own, so none may take two of these.
        together = threading.Barrier(THREADS)
        for _ in range(THREADS):
            workers.submit(_leave, together)
        workers.shutdown()


def _leave(together: threading.Barrier) -> None:
    together.wait()
    connection.close()


def _forget() -> None:
    """A forked child has none of the threads."""
    global _workers
    _workers = None


os.register_at_fork(after_in_child=_forget)
