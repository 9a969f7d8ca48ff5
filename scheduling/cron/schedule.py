"""What every kind of schedule can be asked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """How a schedule finds its next tick."""

    CRON = "cron"
    """By a pattern of wall-clock times in a zone."""
    EVERY = "every"
    """At a fixed rate, counted from an anchor."""
    AFTER = "after"
    """A fixed delay after the last job's end."""


class Schedule(ABC):
    """A never-changing answer to "when next?". All times it gives are in UTC."""

    kind: Kind

    @abstractmethod
    def next_after(self, moment: datetime) -> datetime | None:
        """The first tick later than `moment` (aware), or None if there is none in 50 years.

        A fixed delay takes the time at which the last job ended.
        """

    @abstractmethod
    def describe(self) -> str:
        """The schedule in English words."""

    @property
    @abstractmethod
    def spacing(self) -> float:
        """The fewest seconds between two ticks, leaving changes of the clock aside."""

    @property
    def five_fields(self) -> tuple[str, ...] | None:
        """Minute, hour, day, month and weekday as written, where that is all there is to it."""
        return None

    def ticks(self, after: datetime, until: datetime, limit: int) -> list[datetime]:
        """The ticks in (after, until], the earliest first, at most `limit` of them."""
        found: list[datetime] = []
        tick = self.next_after(after)
        while tick is not None and tick <= until and len(found) < limit:
            found.append(tick)
            tick = self.next_after(tick)
        return found
