"""The logs of a lease's executions: opened as each starts, written while they last.

A log never keeps an outcome from being written: what can't be stored of it is dropped.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from executors.logs import store
from executors.logs.execution_log import ExecutionLog
from executors.logs.spool import Spool

logger = logging.getLogger("celeriac.worker")

WRITE_EVERY = 0.4
"""Seconds that a line may wait. With the keeper's tick, a process that dies loses half a second."""

BATCH = 1000
"""Lines in one statement, which thereby takes some milliseconds."""

Patiently = Callable[[Callable[[], None]], Any]


class LeaseLogs:
    """`origin` is added to the monotonic clock to make a line's time by the database's clock.

    The handlers' threads fill the logs; only one thread at a time may write them.
    """

    def __init__(self, origin: float) -> None:
        self._spool = Spool()
        self._origin = origin
        self._limit: int = settings.CELERIAC["LOG_MAX_BYTES"]
        self._written = time.monotonic()

    def open(self, job_id: str, execution_id: str) -> ExecutionLog:
        """The log of an execution that starts."""
        return ExecutionLog(
            self._spool, job_id, execution_id, origin=self._origin, limit=self._limit
        )

    def write_some(self, now: float) -> None:
        """Writes the oldest lines if it is time; if the database is away, they wait."""
        if not self._spool or now - self._written < WRITE_EVERY:
            return
        try:
            self._write_batch(lambda work: work())
        except (OperationalError, InterfaceError) as error:
            logger.warning("The database is away, lines of logs wait: %s", error)
            connection.close()
        if len(self._spool) < BATCH:
            self._written = now

    def write_all(self, patiently: Patiently) -> None:
        """Writes all lines, and `patiently` waits for the database; nothing at no lines."""
        while self._spool:
            self._write_batch(patiently)

    def _write_batch(self, run: Patiently) -> None:
        entries = self._spool.first(BATCH)

        def work() -> None:
            with connection.cursor() as cursor:
                store.write(cursor, entries)

        try:
            run(work)
        except (OperationalError, InterfaceError):
            raise
        except Exception:  # whatever it is, it would be so again, and outcomes wait behind it
            logger.exception("%d lines of logs can't be stored and are dropped.", len(entries))
        self._spool.drop(len(entries))
