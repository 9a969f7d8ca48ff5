"""UUIDv7 identifiers (RFC 9562, section 5.7): ordered by time, so that new rows sit together."""

from __future__ import annotations

import random
import re
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

_UUID = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")

_lock = threading.Lock()
_last = 0


def uuid7() -> str:
    """A new UUIDv7 as text; within a process, each is greater than the one before it.

    The 12 bits after the milliseconds hold the fraction of the millisecond (method 3 of the
    RFC), raised by one step where the clock has not moved.
    """
    global _last
    with _lock:
        ticks = time.time_ns() * 4096 // 1_000_000
        _last = ticks = max(ticks, _last + 1)
    return _text(ticks)


def uuid7s(moment: float) -> Iterator[str]:
    """UUIDv7s of a given moment, in seconds since the epoch, each greater than the one before.

    For who takes the time from the database, whatever the clock of this machine says.
    """
    return map(_text, count(int(moment * 1000 * 4096)))


def lowest_uuid7(moment: float) -> str:
    """What all UUIDv7s made since a moment, in seconds since the epoch, are greater than."""
    high = max(0, int(moment * 1000))
    text = f"{high:012x}"
    return f"{text[:8]}-{text[8:]}-7000-8000-000000000000"


def made_at(id_: uuid.UUID) -> datetime:
    """When a UUIDv7 was made, by the clock of its maker."""
    return datetime.fromtimestamp((id_.int >> 80) / 1000, UTC)


def _text(ticks: int) -> str:
    """The UUID of a moment in steps of 1/4096 ms."""
    # The module's generator seeds itself from the system, and again in a forked child.
    high, low = ticks >> 12, 1 << 63 | random.getrandbits(62)
    text = f"{high:012x}7{ticks & 0xFFF:03x}{low:016x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def is_uuid(value: object) -> bool:
    """Whether `value` is the text of a UUID, as Postgres takes it: Python takes more."""
    return isinstance(value, str) and _UUID.fullmatch(value) is not None
