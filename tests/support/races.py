"""A second connection, to race against the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg2
from django.db import connection

from tests.support.waiting import wait_until

T = TypeVar("T")


class Rival:
    """Runs one piece of work after another on a connection and in a thread of its own."""

    def __init__(self) -> None:
        self.connection = psycopg2.connect(**connection.get_connection_params())
        self._thread = ThreadPoolExecutor(1)

    def begin(self, work: Callable[[Any], T]) -> Future[T]:
        """Starts `work(cursor)` in a transaction that is committed when it is done."""
        return self._thread.submit(self._run, work)

    def do(self, work: Callable[[Any], T]) -> T:
        """The same, and waits for it."""
        return self.begin(work).result(timeout=60)

    @contextmanager
    def locking(self, table: str) -> Iterator[None]:
        """Keeps everybody else from a table while the block lasts, but for a minute at most."""
        with self.connection, self.connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '60s'")
            cursor.execute(f"LOCK {table} IN ACCESS EXCLUSIVE MODE")
            yield

    def wait_blocked(self) -> None:
        """Waits until it waits for a lock."""
        wait_until(self._is_blocked, what="the rival waits for a lock")

    def close(self) -> None:
        """Ends the thread and the session."""
        self._thread.shutdown()
        self.connection.close()

    def _run(self, work: Callable[[Any], T]) -> T:
        with self.connection, self.connection.cursor() as cursor:
            return work(cursor)

    def _is_blocked(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT FROM pg_locks WHERE pid = %s AND NOT granted",
                [self.connection.get_backend_pid()],
            )
            return bool(cursor.fetchall())
