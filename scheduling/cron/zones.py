"""Time zones, and the moments at which their clocks are put forward or back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from scheduling.cron.errors import UnknownTimezone

PROBE = timedelta(hours=6)
"""No zone changes its clock twice within this time."""


@dataclass(frozen=True, slots=True)
class Change:
    """From `at` (UTC) on the clock shows UTC plus `after`, where it had shown plus `before`."""

    at: datetime
    before: timedelta
    after: timedelta

    @property
    def is_gap(self) -> bool:
        """Whether it skips wall-clock times; otherwise it repeats some."""
        return self.after > self.before

    @property
    def old_wall(self) -> datetime:
        """What the clock would have shown at `at`: the first skipped time, or the repeat's end."""
        return naive(self.at) + self.before

    @property
    def new_wall(self) -> datetime:
        """What the clock shows at `at`: the end of the gap, or the first repeated time."""
        return naive(self.at) + self.after


def naive(moment: datetime) -> datetime:
    """A UTC time without its zone, to which an offset can be added."""
    return moment.replace(tzinfo=None)


@lru_cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())


@lru_cache(maxsize=1024)
def find_zone(name: str) -> ZoneInfo:
    """The zone of the IANA database called `name`; raises `UnknownTimezone`."""
    if name in _names():
        return ZoneInfo(name)
    by_lower = {known.lower(): known for known in _names()}
    near = get_close_matches(name.lower()[:100], by_lower, n=1)
    hint = f"did you mean {by_lower[near[0]]}?" if near else "give one such as Europe/Berlin."
    raise UnknownTimezone(f"There is no time zone {name[:100]!r}: {hint}")


def first_change(zone: ZoneInfo, after: datetime, until: datetime) -> Change | None:
    """The first change of the clock in (after, until], both in UTC."""
    for year in range(after.year, until.year + 1):
        for change in changes(zone, year):
            if after < change.at <= until:
                return change
    return None


@lru_cache(maxsize=4096)
def changes(zone: ZoneInfo, year: int) -> tuple[Change, ...]:
    """The changes of the zone's clock in a year (in UTC), in order."""
    found = []
    moment = datetime(year, 1, 1, tzinfo=UTC) - PROBE
    offset = _offset(zone, moment)
    while moment.year <= year:
        moment += PROBE
        if (new := _offset(zone, moment)) != offset:
            at = _bisect(zone, moment - PROBE, moment)
            found.append(Change(at, offset, new))
            offset = new
    return tuple(change for change in found if change.at.year == year)


def _bisect(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The first second in (low, high] with the offset of `high`."""
    offset = _offset(zone, high)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        if _offset(zone, middle) == offset:
            high = middle
        else:
            low = middle
    return high


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return offset
