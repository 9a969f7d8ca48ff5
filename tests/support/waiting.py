"""Waiting for what real processes do: a poll with a limit, never a bare sleep."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], T], *, limit: float = 20.0, what: str = "") -> T:
    """Calls `condition` until it returns something true, and returns that.

    Raises AssertionError after `limit` seconds, with the last value that it returned.
    """
    deadline = time.monotonic() + limit
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {limit:g} s: {what or condition} (last: {value!r})")
        time.sleep(0.02)
    return value
