"""The soft time limit of the pool prefork: a signal that interrupts a handler, and nothing else.

Celery counts from the moment at which it hands a lease over. So the signal may as well come while
the lease is being claimed, or outcomes are being written, and would do harm there: a claim of
which nobody heard the answer is a lost lease.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from billiard.exceptions import SoftTimeLimitExceeded
from billiard.pool import SIG_SOFT_TIMEOUT

_may_interrupt = False


def settle() -> None:
    """Takes the signal over from billiard; in the main thread, which alone gets signals."""
    signal.signal(SIG_SOFT_TIMEOUT, _on_signal)


@contextmanager
def interruptible() -> Iterator[None]:
    """Around a handler: the signal raises `SoftTimeLimitExceeded` in it, once."""
    global _may_interrupt
    _may_interrupt = True
    try:
        yield
    finally:
        _may_interrupt = False


def _on_signal(*_: Any) -> None:
    global _may_interrupt
    if _may_interrupt:
        _may_interrupt = False
        raise SoftTimeLimitExceeded
