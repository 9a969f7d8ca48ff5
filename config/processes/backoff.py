"""How long to wait before a process that ended by itself is started again."""

from __future__ import annotations

LONGEST = 30.0
# A process that ran for this long (seconds) is not in a crash loop.
SETTLED = 60.0


def crashes_in_a_row(before: int, ran_for: float) -> int:
    """Counts one more crash of a process, after `before` that followed each other closely."""
    return 1 if ran_for >= SETTLED else before + 1


def restart_delay(crashes: int) -> float:
    """Seconds to wait after so many crashes in a row: none at first, then doubling from one."""
    return 0.0 if crashes <= 1 else min(LONGEST, 2.0 ** (crashes - 2))
