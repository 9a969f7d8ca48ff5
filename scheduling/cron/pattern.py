"""The wall-clock times that match the fields of a cron expression; zones are not known here."""

from __future__ import annotations

from bisect import bisect_left
from datetime import date, datetime, time, timedelta
from itertools import pairwise, product

from cronsim import CronSim, CronSimError

from scheduling.cron.errors import InvalidSchedule

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
HORIZON = 50
"""Years in which a time must come: 29 February is a Sunday at least every 40."""

_SOME_DAY = datetime(2000, 1, 1)  # noqa: DTZ001


class Pattern:
    """Six readable fields. All times are naive: what a clock on the wall shows."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        """Raises `InvalidSchedule` if no time can ever match."""
        self.fields = fields
        days = " ".join(fields[3:])
        never = f"It never fires: day, month and weekday {days!r} never meet. Change one of them."
        try:
            self._cronsim = CronSim(" ".join(fields), _SOME_DAY)
        except CronSimError:
            raise InvalidSchedule(never) from None
        self._seconds = sorted(self._cronsim.seconds)
        self._minutes = sorted(self._cronsim.minutes)
        self._hours = sorted(self._cronsim.hours)
        self._months = self._cronsim.months
        self._first = time(self._hours[0], self._minutes[0], self._seconds[0])
        if self.at_or_after(_SOME_DAY) is None:
            raise InvalidSchedule(never)

    @property
    def is_interval(self) -> bool:
        """Whether it says "every n": its seconds, minutes or hours begin with a star."""
        return any(field.startswith("*") for field in self.fields[:3])

    def matches(self, wall: datetime) -> bool:
        """Whether the time is one of the pattern."""
        return self.at_or_after(wall) == wall

    def at_or_after(self, wall: datetime) -> datetime | None:
        """The first matching time from `wall` (whole seconds) on; None if none is near."""
        day = wall.date()
        if self._has_day(day) and (found := self._time_from(wall.time())):
            return datetime.combine(day, found)
        next_day = self._day_after(day)
        return datetime.combine(next_day, self._first) if next_day else None

    def spacing(self) -> int:
        """The fewest seconds between two times that match."""
        if len(self._seconds) == 60:
            return 1
        times = [
            3600 * hour + 60 * minute + second
            for hour, minute, second in product(self._hours, self._minutes, self._seconds)
        ]
        return min(b - a for a, b in pairwise([*times, times[0] + 86400]))

    def _has_day(self, day: date) -> bool:
        return day.month in self._months and self._cronsim.match_day(day)

    def _day_after(self, day: date) -> date | None:
        last = min(day.year + HORIZON, date.max.year - 1)
        day += DAY
        while day.year <= last:
            if day.month not in self._months:
                day = (day.replace(day=1) + 32 * DAY).replace(day=1)
            elif self._cronsim.match_day(day):
                return day
            else:
                day += DAY
        return None

    def _time_from(self, start: time) -> time | None:
        """The first time of the day from `start` on."""
        second, carry = _at_least(self._seconds, start.second)
        minute, carry_minute = _at_least(self._minutes, start.minute + carry)
        hour, past = _at_least(self._hours, start.hour + carry_minute)
        if past:
            return None
        if hour != start.hour:
            return time(hour, self._minutes[0], self._seconds[0])
        if minute != start.minute:
            return time(hour, minute, self._seconds[0])
        return time(hour, minute, second)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and self.fields == other.fields

    def __hash__(self) -> int:
        return hash(self.fields)


def _at_least(values: list[int], least: int) -> tuple[int, bool]:
    """The first of the sorted values from `least` on, or the very first, and whether it is that."""
    index = bisect_left(values, least)
    return (values[0], True) if index == len(values) else (values[index], False)
