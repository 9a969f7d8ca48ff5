"""What the gateway decides. Pure: no Django, no I/O. Times are in seconds."""

from __future__ import annotations

BUSY_FOR = 1.0
"""For which an executor that said it is busy is left alone, at first."""
BUSY_AT_MOST = 15.0
FAILED_FOR = 2.0
"""The same for one that could not be handed something over."""
FAILED_AT_MOST = 60.0


def left_alone(refusals: int, *, busy: bool) -> float:
    """For how long an executor gets nothing after it did not take `refusals` calls in a row."""
    first, most = (BUSY_FOR, BUSY_AT_MOST) if busy else (FAILED_FOR, FAILED_AT_MOST)
    return float(min(first * 2 ** min(max(refusals - 1, 0), 10), most))
