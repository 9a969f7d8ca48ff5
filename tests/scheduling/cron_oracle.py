"""What a cron expression means, found the slow way: by looking at every minute or second.

Shares nothing with the code under test: its own reader of fields, its own look at the clock.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

WARM_UP = timedelta(hours=2)
"""Longer than any zone's clock was put back in the years looked at."""
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


@cache
def one_of(text: str, low: int, high: int, value: int, names: tuple[str, ...] = ()) -> bool:
    """Whether a field of lists, ranges and steps holds a value."""
    for number, name in enumerate(names):
        text = text.replace(name, str(number + low))
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        begin = low if first == "*" else int(first)
        end = int(last) if last else high if step or first == "*" else begin
        if begin <= value <= end and (value - begin) % int(step or 1) == 0:
            return True
    return False


class Expression:
    """Five or six fields."""

    def __init__(self, text: str) -> None:
        fields = text.split()
        self.step = timedelta(seconds=1 if len(fields) == 6 else 60)
        fields = fields if len(fields) == 6 else ["0", *fields]
        self.second, self.minute, self.hour, self.day, self.month, self.weekday = fields
        self.every_n = any(field[0] == "*" for field in fields[:3])

    def matches(self, wall: datetime) -> bool:
        return (
            one_of(self.minute, 0, 59, wall.minute)
            and one_of(self.hour, 0, 23, wall.hour)
            and one_of(self.second, 0, 59, wall.second)
            and one_of(self.month, 1, 12, wall.month, MONTHS)
            and self.on_day(wall)
        )

    def on_day(self, wall: datetime) -> bool:
        starred = self.day[0] == "*" or self.weekday[0] == "*"
        both = [self.has_date(wall), self.has_weekday(wall)]
        return all(both) if starred else any(both)

    def has_date(self, wall: datetime) -> bool:
        last = monthrange(wall.year, wall.month)[1]
        if self.day == "L":
            return wall.day == last
        if self.day == "LW":
            workdays = [d for d in range(1, last + 1) if wall.replace(day=d).weekday() < 5]
            return wall.day == workdays[-1]
        return one_of(self.day, 1, 31, wall.day)

    def has_weekday(self, wall: datetime) -> bool:
        names = wall.isoweekday(), wall.isoweekday() % 7
        if self.weekday[-1] == "L":
            last = monthrange(wall.year, wall.month)[1]
            return int(self.weekday[:-1]) in names and wall.day > last - 7
        if "#" in self.weekday:
            which, count = self.weekday.split("#")
            return int(which) in names and (wall.day - 1) // 7 + 1 == int(count)
        return any(one_of(self.weekday, 0, 7, name, WEEKDAYS) for name in names)


def ticks(text: str, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    """All ticks in (start, end], both on whole minutes, in UTC."""
    expression = Expression(text)
    moment = start - WARM_UP
    shown = latest = moment.astimezone(zone).replace(tzinfo=None)
    while moment <= end:
        wall = moment.astimezone(zone).replace(tzinfo=None)
        skipped = [shown + expression.step * n for n in range(1, (wall - shown) // expression.step)]
        again = wall < latest or (wall == latest and moment > start - WARM_UP)
        fires = expression.matches(wall) and (expression.every_n or not again)
        length = expression.step * len(skipped)
        made_up = any(
            expression.matches(missed)
            and not (expression.every_n and expression.matches(missed + length))
            for missed in skipped
        )
        if moment > start and (fires or made_up):
            yield moment.astimezone(UTC)
        shown, latest = wall, max(latest, wall)
        moment += expression.step
