"""What a calendar says of a moment, and when that changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from scheduling.calendars.days import NO_DAYS, Days
from scheduling.calendars.hours import DAY, WHOLE_DAY, Hours, merged
from scheduling.cron.zones import first_change

T = TypeVar("T")

HORIZON = 5 * 366
"""Days within which an exclusion must end; one that does not is taken to last for ever."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Hours of some days; `weekdays` has numbers from 0, Monday. All days where none are named."""

    dates: Days = NO_DAYS
    weekdays: frozenset[int] = frozenset()
    hours: tuple[Hours, ...] = (WHOLE_DAY,)
    but: Days = NO_DAYS

    @property
    def overnight(self) -> tuple[timedelta, ...]:
        """The ends of those hours that go on after midnight."""
        return tuple(end for _, end in self.hours if end > DAY)

    def has_day(self, day: date) -> bool:
        """Whether its hours of this day, or that begin on this day, count."""
        return (
            (not self.dates or day in self.dates)
            and (not self.weekdays or day.weekday() in self.weekdays)
            and day not in self.but
        )


@dataclass(frozen=True)
class Calendar:
    """Rules that exclude times, or name the only ones that are allowed, on the clock of a zone."""

    rules: tuple[Rule, ...]
    zone: ZoneInfo
    excludes: bool = True
    _named: dict[date, tuple[Hours, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """What `_named_hours` has worked out: the same days are asked for again and again."""
    _closed: dict[date, datetime] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """By days, moments from which on nothing is allowed: many tasks ask on the same day."""

    def allows(self, moment: datetime) -> bool:
        """Whether `moment` (aware) is outside all exclusions."""
        return self._allows(moment.astimezone(self.zone).replace(tzinfo=None))

    def end_of_exclusion(self, moment: datetime) -> datetime | None:
        """`moment` itself if it is allowed, or else when that is next so, in UTC.

        None if that is more than five years away.
        """
        if self.allows(moment):
            return moment.astimezone(UTC)
        closed = self._closed.get(moment.date())
        if closed and closed <= moment:
            return None
        end = self._next_allowed(moment)
        if end is None:
            remember(self._closed, moment.date(), moment)
        return end

    def _next_allowed(self, moment: datetime) -> datetime | None:
        local = moment.astimezone(self.zone).replace(tzinfo=None)
        midnight = datetime.combine(local.date(), time())
        try:
            days = (midnight + day * DAY for day in range(HORIZON))
            ends = (self._end_on(day, moment, local) for day in days)
            return next((end for end in ends if end), None)
        except OverflowError:
            return None

    def _end_on(self, midnight: datetime, moment: datetime, local: datetime) -> datetime | None:
        """The first time (UTC) of a day, and after `moment`, that is allowed; `local` is that on
        the clock on the wall."""
        edges = self._edges(midnight)
        before = (midnight - DAY).replace(tzinfo=UTC)
        change = first_change(self.zone, before, before + 3 * DAY)
        if change is None:
            end = next((edge for edge in edges if edge > local and self._allows(edge)), None)
            return end and end.replace(tzinfo=self.zone).astimezone(UTC)
        ends = {end for edge in edges for end in self._moments(edge)}
        # What a gap hides, or a repeated hour shows again, changes when the clock is changed.
        if change.new_wall.date() == midnight.date():
            ends.add(change.at)
        return next((end for end in sorted(ends) if end > moment and self.allows(end)), None)

    def _allows(self, wall: datetime) -> bool:
        since = wall - datetime.combine(wall.date(), time())
        named = any(start <= since < end for start, end in self._named_hours(wall.date()))
        return named != self.excludes

    def _named_hours(self, day: date) -> tuple[Hours, ...]:
        """The hours of a day that rules name, by that day or over the midnight before it."""
        found = self._named.get(day)
        if found is None:
            found = merged(self._hours(day))
            remember(self._named, day, found)
        return found

    def _hours(self, day: date) -> Iterator[Hours]:
        yesterday = day - DAY
        for rule in self.rules:
            if rule.has_day(day):
                yield from (Hours(start, min(end, DAY)) for start, end in rule.hours)
            if rule.overnight and rule.has_day(yesterday):
                yield from (Hours(timedelta(0), end - DAY) for end in rule.overnight)

    def _edges(self, midnight: datetime) -> list[datetime]:
        """The times on the wall, in order, of a day at which an exclusion may end."""
        which = 1 if self.excludes else 0
        named = self._named_hours(midnight.date())
        return sorted({midnight, *(midnight + hours[which] for hours in named)})

    def _moments(self, wall: datetime) -> Iterator[datetime]:
        """When the clock shows this, which may be twice."""
        for fold in (0, 1):
            yield wall.replace(tzinfo=self.zone, fold=fold).astimezone(UTC)


def remember(known: dict[date, T], day: date, value: T) -> None:
    """Adds to what is known of some days, and forgets all the others once they are many."""
    if len(known) >= HORIZON:
        known.clear()
    known[day] = value
