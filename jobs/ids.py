"""UUIDv7 identifiers (RFC 9562, section 5.7): ordered by time, so that new rows sit together."""

from __future__ import annotations

import os
import threading
import time
import uuid

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
    tail = int.from_bytes(os.urandom(8)) & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    text = f"{ticks >> 12:012x}7{ticks & 0xFFF:03x}{tail:016x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def is_uuid(value: object) -> bool:
    """Whether `value` is the text of a UUID."""
    try:
        return isinstance(value, str) and bool(uuid.UUID(value))
    except ValueError:
        return False
