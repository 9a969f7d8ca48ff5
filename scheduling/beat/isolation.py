"""Keeps one bad row from stopping all others."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import django.db

from scheduling.leader import Leader
from scheduling.session import LOST, Session

logger = logging.getLogger("celeriac.beat")

GONE = (*LOST, django.db.OperationalError, django.db.InterfaceError)
"""What is raised where the session is lost, and not where a row is bad."""


class Batches:
    """Transactions that each take the first rows of a queue.

    One that fails is followed by one for a single row, and by larger ones again while they
    succeed: so a row that can't be handled comes to be alone, and is then set aside.
    """

    def __init__(
        self,
        leader: Leader | Session,
        limit: int,
        handle: Callable[[Any, int], int],
        set_aside: Callable[[Any, str], None],
    ) -> None:
        self._leader = leader
        self._limit = self._next = limit
        self._handle = handle
        self._set_aside = set_aside

    def run(self) -> bool:
        """One transaction; whether there may be more to do at once."""
        size = self._next
        try:
            with self._leader.transaction() as cursor:
                found = self._handle(cursor, size)
        except GONE:
            raise
        except Exception as error:  # whatever is wrong with a row
            self._isolate(size, error)
            return True
        self._next = min(size * 2, self._limit)
        return found >= size

    def _isolate(self, size: int, error: Exception) -> None:
        if size > 1:
            logger.warning("One of %d rows can't be handled: %s", size, error)
            self._next = 1
            return
        logger.error("A schedule is set aside until it is edited.", exc_info=error)
        with self._leader.transaction() as cursor:
            self._set_aside(cursor, f"{type(error).__name__}: {error}".strip())
