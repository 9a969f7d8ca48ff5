"""The data of topics for pages that poll: read once a second at most, however many ask.

What takes long to read is read less often, and its last data are given meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Collection

from dashboard.gate import STALE, Gate
from dashboard.live import looking
from dashboard.live import topics as naming
from dashboard.live.sources import SOURCES
from dashboard.live.sources.source import Data
from jobs.timelimit import TookTooLong

MOST = 64
"""Topics of a kind whose data are kept."""

FRESH = 1.0
"""Seconds for which an answer is given again, at least."""


class Latest:
    """The data of topics of one kind, as they were last read."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._known: dict[str, tuple[float, Data]] = {}
        # One for each kind: one that takes long must not hold up who asks for another.
        self._gate = Gate()

    def read(self, arguments: Collection[str]) -> dict[str, Data]:
        """The data by topic; raises `TookTooLong` if there are none of before either."""
        topics = {naming.name(self._kind, argument): argument for argument in arguments}
        try:
            with self._gate.passed():
                self._refresh(topics)
                found = self._known.copy()
                self._forget_oldest()
        except TookTooLong:
            found = self._known.copy()
            stale = time.monotonic() - STALE
            if any(topic not in found or found[topic][0] < stale for topic in topics):
                raise
        return {topic: found[topic][1] for topic in topics}

    def forget(self) -> None:
        """Makes the next answers new ones."""
        with self._gate.passed():
            self._known.clear()
            self._gate.open()

    def _refresh(self, topics: dict[str, str]) -> None:
        began = time.monotonic()
        old = {its for topic, its in topics.items() if self._known.get(topic, (0.0,))[0] <= began}
        if not old:
            return
        with self._gate.reading():
            found = looking.read_kind(self._kind, old)
        now = time.monotonic()
        until = now + max(FRESH, looking.REST * (now - began))
        for topic, data in found.items():
            self._known.pop(topic, None)
            self._known[topic] = (until, data)

    def _forget_oldest(self) -> None:
        while len(self._known) > MOST:
            del self._known[next(iter(self._known))]


_latest = {kind: Latest(kind) for kind in SOURCES}


def read(topics: Collection[str]) -> dict[str, Data]:
    """Each topic as it was lately, in the order of the topics; raises `TookTooLong`."""
    found: dict[str, Data] = {}
    for kind, arguments in naming.by_kind(topics).items():
        found |= _latest[kind].read(arguments)
    return {topic: found[topic] for topic in topics}


def forget() -> None:
    """Makes the next answers new ones."""
    for latest in _latest.values():
        latest.forget()
