"""What may be chosen for a task. Pure: no Django, no I/O."""

from __future__ import annotations

from enum import StrEnum

from jobs.wishes import LoadBalanceStrategy as LoadBalanceStrategy  # a migration names it here


class ExecutionMode(StrEnum):
    """What becomes of a tick while an earlier job of its task is unfinished."""

    PARALLEL = "parallel"
    """It starts beside it."""
    SKIP = "skip"
    """It is dropped; a cancelled job shows that."""
    SEQUENTIAL = "sequential"
    """It waits until the earlier ones have ended."""
    REPLACE = "replace"
    """It takes the place of the earlier one, which is cancelled."""


class MisfirePolicy(StrEnum):
    """What becomes of ticks that nobody fired in time."""

    SKIP = "skip"
    """They are dropped."""
    FIRE_ONCE = "fire_once"
    """The latest of them is fired."""
    FIRE_ALL = "fire_all"
    """They are all fired, up to a limit."""


class CalendarMode(StrEnum):
    """What a calendar's rules say of the times that they name."""

    EXCLUDE = "exclude"
    """No tick then."""
    ALLOW = "allow"
    """Ticks then alone."""


class CalendarPolicy(StrEnum):
    """What becomes of a tick that a calendar excludes."""

    SKIP = "skip"
    """It is dropped."""
    MOVE = "move"
    """It is moved to the end of the exclusion."""
