"""A session in Postgres that gives up what it holds when its process is frozen or cut off.

The time-outs are on the server's side: locks are freed, and whatever the process then tries to
write on the session fails.
"""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from django.db import connections

TIMEOUT_MS = 2000
"""Silence after which Postgres ends the session, be it in a transaction or between two."""

LOST = (psycopg2.OperationalError, psycopg2.InterfaceError)
"""What a statement raises where the session is gone, or can't be had."""


class Session:
    """A connection of its own; raises one of `LOST` where there is no database."""

    def __init__(self, name: str) -> None:
        parameters = connections["default"].get_connection_params()
        parameters["options"] = (
            f"{parameters.get('options', '')} -c idle_session_timeout={TIMEOUT_MS}"
            f" -c idle_in_transaction_session_timeout={TIMEOUT_MS}"
            # What a crash of Postgres takes back of what is decided here is decided again.
            " -c synchronous_commit=off"
        ).strip()
        parameters["application_name"] = f"celeriac-{name}"
        self._connection: Any = psycopg2.connect(**parameters)
        self._connection.autocommit = True

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        """For single statements, each a transaction by itself."""
        with self._connection.cursor() as cursor:
            yield cursor

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """A cursor in a transaction."""
        self._connection.autocommit = False
        try:
            with self._connection, self._connection.cursor() as cursor:
                yield cursor
        finally:
            if not self._connection.closed:
                self._connection.autocommit = True

    def wait(self, seconds: float) -> None:
        """Returns when Postgres has something to say, or after `seconds`."""
        # What came while a statement ran is in `notifies` already, and no longer in the socket.
        if not self._connection.notifies:
            ready, _, _ = select.select([self._connection], [], [], seconds)
            if ready:
                self._connection.poll()
        self._connection.notifies.clear()

    def close(self) -> None:
        """Ends it, which frees its locks."""
        self._connection.close()
