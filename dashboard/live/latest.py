"""The data of topics for pages that poll: read once a second, however many ask."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection

from dashboard.live import looking
from dashboard.live.sources.source import Data

FRESH = 1.0
"""Seconds for which an answer is given again."""

_lock = threading.Lock()
_read: dict[str, tuple[float, Data]] = {}


def read(topics: Collection[str]) -> dict[str, Data]:
    """Each topic as it was at most `FRESH` seconds ago."""
    with _lock:
        now = time.monotonic()
        for topic in [topic for topic, (at, _) in _read.items() if now - at > FRESH]:
            del _read[topic]
        missing = [topic for topic in topics if topic not in _read]
        for topic, data in looking.read(missing).items():
            _read[topic] = (time.monotonic(), data)
        return {topic: _read[topic][1] for topic in topics}
