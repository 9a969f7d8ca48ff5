"""Whether, and when, a failed attempt is followed by another. Pure: no Django, no I/O."""

from __future__ import annotations

import random
from dataclasses import dataclass

FIRST_DELAY = 1.0
"""Seconds before the second attempt."""
LONGEST_DELAY = 300.0
JITTER = 0.2
"""The share by which a delay may fall short, so that jobs that failed together come apart."""

PERMANENT = frozenset({"invalid_payload", "invalid_result", "unknown_job_type", "cancelled"})
"""Error codes that another attempt can't mend."""


@dataclass(frozen=True)
class Retry:
    """Run again, `delay` seconds from now."""

    delay: float


def decide(code: str, attempt: int, max_attempts: int, *, permanent: bool = False) -> Retry | None:
    """The next attempt after attempt number `attempt` (from 1) failed with `code`, or None.

    Exponential back-off with jitter: 1 s, 2 s, 4 s, … up to 300 s, each shortened by up to 20%.
    """
    if permanent or code in PERMANENT or attempt >= max_attempts:
        return None
    full = min(FIRST_DELAY * 2 ** (attempt - 1), LONGEST_DELAY)
    return Retry(full * (1 - JITTER * random.random()))
