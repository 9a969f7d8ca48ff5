"""Waiting for what real processes do: a poll with a limit, never a bare sleep."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

SHORTEST_PAUSE, LONGEST_PAUSE = 0.01, 0.06
"""Seconds between looks: more and more, so that looking takes no time from what is looked at."""

LIMIT = 120.0
"""Seconds after which waiting is in vain, on a machine that has much else to do."""


def wait_until(condition: Callable[[], T], *, limit: float = LIMIT, what: str = "") -> T:
    """Calls `condition` until it returns something true, and returns that.

    Raises AssertionError after `limit` seconds, with the last value that it returned.
    """
    deadline = time.monotonic() + limit
    pause = SHORTEST_PAUSE
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {limit:g} s: {what or condition} (last: {value!r})")
        time.sleep(pause)
        pause = min(pause * 1.3, LONGEST_PAUSE)
    return value
