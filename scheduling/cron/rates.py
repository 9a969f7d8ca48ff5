"""`@every` and `@after`: schedules that know neither zones nor the clock on the wall."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from scheduling.cron.durations import in_words
from scheduling.cron.schedule import Kind, Schedule


@dataclass(frozen=True, slots=True)
class FixedRate(Schedule):
    """Ticks at `anchor` (UTC) and every `period` from there on."""

    period: timedelta
    anchor: datetime
    kind = Kind.EVERY

    def next_after(self, moment: datetime) -> datetime | None:
        """The first tick later than `moment`; the anchor is the first of all."""
        if moment < self.anchor:
            return self.anchor
        try:
            count = (moment - self.anchor) // self.period + 1
            return self.anchor + count * self.period
        except OverflowError:
            return None

    def describe(self) -> str:
        """Such as `Every 90 seconds`."""
        return f"Every {in_words(self.period)}"

    @property
    def spacing(self) -> float:
        """The period in seconds."""
        return self.period.total_seconds()


@dataclass(frozen=True, slots=True)
class FixedDelay(Schedule):
    """Ticks `delay` after the last job's end."""

    delay: timedelta
    kind = Kind.AFTER

    def next_after(self, moment: datetime) -> datetime | None:
        """The tick that follows a job that ended at `moment`."""
        try:
            return moment.astimezone(UTC) + self.delay
        except OverflowError:
            return None

    def ticks(self, after: datetime, until: datetime, limit: int) -> list[datetime]:
        """The one tick there is before the job that it makes has ended."""
        return Schedule.ticks(self, after, until, min(limit, 1))

    def describe(self) -> str:
        """Such as `90 seconds after the last job ended`."""
        words = in_words(self.delay)
        return f"{words} after the last job ended"

    @property
    def spacing(self) -> float:
        """The delay in seconds."""
        return self.delay.total_seconds()
