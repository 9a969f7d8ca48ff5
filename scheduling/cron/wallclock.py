"""Cron expressions in a time zone, and what becomes of them when its clock is changed.

A fixed time fires once a day, whatever the clock does: if it is skipped, right after the gap; if
it comes twice, the first time. An every-n pattern follows the clock through both of two equal
hours. When times are skipped it has nothing to make up for if the clock's new times stand in for
them (`*/15` has a tick at 03:15, where 02:15 would have been); otherwise it fires right after
the gap too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from scheduling.cron.pattern import SECOND, Pattern
from scheduling.cron.schedule import Kind, Schedule
from scheduling.cron.words import explain
from scheduling.cron.zones import Change, changes, first_change


@dataclass(frozen=True, slots=True)
class WallClock(Schedule):
    """A pattern of times that a clock in `zone` shows. `written` is what the user wrote."""

    pattern: Pattern
    zone: ZoneInfo
    written: str
    kind = Kind.CRON

    def next_after(self, moment: datetime) -> datetime | None:
        """The first tick later than `moment`, or None if there is none in 50 years."""
        try:
            return self._next_after(moment.astimezone(UTC))
        except OverflowError:
            return None

    def _next_after(self, moment: datetime) -> datetime | None:
        """Goes from one change of the clock to the next; in between, its offset is constant."""
        local = moment.astimezone(self.zone)
        offset = local.utcoffset() or timedelta(0)
        start = local.replace(tzinfo=None, microsecond=0, fold=0) + SECOND
        if local.fold and not self.pattern.is_interval:
            start = max(start, _end_of_repeat(self.zone, moment))
        while True:
            wall = self.pattern.at_or_after(start)
            tick = (wall - offset).replace(tzinfo=UTC) if wall else None
            change = first_change(self.zone, moment, tick or moment + timedelta(days=366))
            if change is None:
                return tick
            if change.is_gap and _has_missed(self.pattern, change):
                return change.at
            moment, offset, start = change.at, change.after, change.new_wall
            if not (change.is_gap or self.pattern.is_interval):
                start = change.old_wall

    def describe(self) -> str:
        """Such as `At 02:30 every day`."""
        return explain(self.pattern.fields)

    @property
    def spacing(self) -> float:
        """The fewest seconds between two ticks."""
        return float(self.pattern.spacing())

    @property
    def five_fields(self) -> tuple[str, ...] | None:
        """The fields, if there were five and Celery's crontab knows all that is in them."""
        fields = self.pattern.fields
        if len(self.written.split()) == 6 or "L" in fields[3] or set("L#") & set(fields[5]):
            return None
        return fields[1:]


def _end_of_repeat(zone: ZoneInfo, moment: datetime) -> datetime:
    """The wall-clock time at which the repeated times end of which `moment` is one."""
    years = (moment.year - 1, moment.year)
    past = [c for year in years for c in changes(zone, year) if c.at <= moment]
    return past[-1].old_wall


@lru_cache(maxsize=4096)
def _has_missed(pattern: Pattern, gap: Change) -> bool:
    """Whether times in the gap have to be made up for at its end."""
    wall = pattern.at_or_after(gap.old_wall)
    length = gap.after - gap.before
    while wall and wall < gap.new_wall:
        if not (pattern.is_interval and pattern.matches(wall + length)):
            return True
        wall = pattern.at_or_after(wall + SECOND)
    return False
