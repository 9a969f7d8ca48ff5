"""One look into the database for many topics, and how often to look."""

from __future__ import annotations

import time
from collections.abc import Collection

from django.db import connection

from dashboard.live import topics as naming
from dashboard.live.sources import SOURCES
from dashboard.live.sources.source import Data
from jobs.timelimit import time_limit

REST = 20.0
"""A kind of topic that takes long to read is left alone for so many times as long."""
TIME_LIMIT = 5.0
"""Seconds that Postgres may work on a part of a look."""


def read(topics: Collection[str]) -> dict[str, Data]:
    """The data of topics, as they are now."""
    found: dict[str, Data] = {}
    for kind, arguments in naming.by_kind(topics).items():
        found |= read_kind(kind, arguments)
    return found


def read_kind(kind: str, arguments: Collection[str]) -> dict[str, Data]:
    """The same for topics of one kind; raises `TookTooLong`."""
    with time_limit(TIME_LIMIT), connection.cursor() as cursor:
        found = SOURCES[kind].read(cursor, arguments)
    return {naming.name(kind, argument): data for argument, data in found.items()}


class Pace:
    """When each kind of topic is due, so that all looks together take a small part of the time."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}

    def is_due(self, kind: str) -> bool:
        """Whether it is time to look again."""
        return time.monotonic() >= self._due.get(kind, 0.0)

    def looked(self, kind: str, began: float) -> None:
        """It was looked at just now, from `began` on, by the monotonic clock."""
        now = time.monotonic()
        # A look of a topic each second must not miss its second by the length of the look.
        self._due[kind] = max(began + SOURCES[kind].every * 0.9, now + REST * (now - began))
