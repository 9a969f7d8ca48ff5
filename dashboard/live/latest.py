"""The data of topics for pages that poll: read once a second, however many ask."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection

from dashboard.live import looking
from dashboard.live import topics as naming
from dashboard.live.sources import SOURCES
from dashboard.live.sources.source import Data

FRESH = 1.0
"""Seconds for which an answer is given again."""

_locks = {kind: threading.Lock() for kind in SOURCES}
_read: dict[str, dict[str, tuple[float, Data]]] = {kind: {} for kind in SOURCES}


def read(topics: Collection[str]) -> dict[str, Data]:
    """Each topic as it was at most `FRESH` seconds ago, in the order of the topics."""
    found: dict[str, Data] = {}
    for kind, arguments in naming.by_kind(topics).items():
        # A kind that takes long must not hold up who asks for another.
        with _locks[kind]:
            found |= _read_kind(kind, arguments)
    return {topic: found[topic] for topic in topics}


def _read_kind(kind: str, arguments: Collection[str]) -> dict[str, Data]:
    known = _read[kind]
    now = time.monotonic()
    for topic in [topic for topic, (at, _) in known.items() if now - at > FRESH]:
        del known[topic]
    names = {naming.name(kind, argument): argument for argument in arguments}
    missing = {argument for topic, argument in names.items() if topic not in known}
    if missing:
        for topic, data in looking.read_kind(kind, missing).items():
            known[topic] = (time.monotonic(), data)
    return {topic: known[topic][1] for topic in names}


def forget() -> None:
    """Makes the next answers new ones."""
    for kind in SOURCES:
        with _locks[kind]:
            _read[kind].clear()
