"""What a calendar says of a moment, and when that changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from scheduling.calendars.days import NO_DAYS, Days
from scheduling.calendars.hours import DAY, WHOLE_DAY, Hours
from scheduling.cron.zones import first_change

HORIZON = 5 * 366
"""Days within which an exclusion must end; one that does not is taken to last for ever."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Hours of some days; `weekdays` has numbers from 0, Monday. All days where none are named."""

    dates: Days = NO_DAYS
    weekdays: frozenset[int] = frozenset()
    hours: tuple[Hours, ...] = (WHOLE_DAY,)
    but: Days = NO_DAYS

    def has_day(self, day: date) -> bool:
        """Whether its hours of this day, or that begin on this day, count."""
        return (
            (not self.dates or day in self.dates)
            and (not self.weekdays or day.weekday() in self.weekdays)
            and day not in self.but
        )


@dataclass(frozen=True, slots=True)
class Calendar:
    """Rules that exclude times, or name the only ones that are allowed, on the clock of a zone."""

    rules: tuple[Rule, ...]
    zone: ZoneInfo
    excludes: bool = True

    def allows(self, moment: datetime) -> bool:
        """Whether `moment` (aware) is outside all exclusions."""
        wall = moment.astimezone(self.zone).replace(tzinfo=None)
        return self._covers(wall) != self.excludes

    def end_of_exclusion(self, moment: datetime) -> datetime | None:
        """`moment` itself if it is allowed, or else when that is next so, in UTC.

        None if that is more than five years away.
        """
        if self.allows(moment):
            return moment.astimezone(UTC)
        try:
            edges = (edge for day in range(HORIZON) for edge in self._edges(moment, day))
            return next((edge for edge in edges if edge > moment and self.allows(edge)), None)
        except OverflowError:
            return None

    def _covers(self, wall: datetime) -> bool:
        """Whether a rule names this time, by its own day or by the day before, over midnight."""
        today = wall.date()
        since = wall - datetime.combine(today, time())
        yesterday = today - DAY
        return any(
            (rule.has_day(today) and any(start <= since < end for start, end in rule.hours))
            or (rule.has_day(yesterday) and any(since + DAY < end for _, end in rule.hours))
            for rule in self.rules
        )

    def _edges(self, moment: datetime, day: int) -> list[datetime]:
        """The times (UTC), in order, of one of the coming days at which what it says may change."""
        local = moment.astimezone(self.zone)
        midnight = datetime.combine(local.date(), time()) + day * DAY
        spans = {span for rule in self.rules for span in (WHOLE_DAY, *rule.hours)}
        offsets = {offset % DAY for span in spans for offset in span}
        found = {edge for offset in offsets for edge in self._moments(midnight + offset)}
        # What a gap hides, or a repeated hour shows again, changes when the clock is changed.
        start = (midnight - DAY).replace(tzinfo=UTC)
        change = first_change(self.zone, start, start + 3 * DAY)
        if change and change.new_wall.date() == midnight.date():
            found.add(change.at)
        return sorted(found)

    def _moments(self, wall: datetime) -> Iterator[datetime]:
        """When the clock shows this, which may be twice."""
        for fold in (0, 1):
            yield wall.replace(tzinfo=self.zone, fold=fold).astimezone(UTC)
