"""From the text of a schedule to the schedule."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from scheduling.cron.durations import parse_duration
from scheduling.cron.errors import InvalidSchedule
from scheduling.cron.fields import SHORTCUTS, split
from scheduling.cron.pattern import Pattern
from scheduling.cron.rates import FixedDelay, FixedRate
from scheduling.cron.schedule import Schedule
from scheduling.cron.wallclock import WallClock
from scheduling.cron.zones import find_zone

LONGEST = 200
"""Characters of an expression."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=16_384)
def parse(
    text: str, timezone: str = "UTC", *, anchor: datetime = EPOCH, shortest: float = 1.0
) -> Schedule:
    """The schedule that `text` names: cron with five or six fields, `@daily`, `@every`, `@after`.

    `anchor` is where a fixed rate counts from, `shortest` the fewest seconds between two ticks.
    Raises `InvalidSchedule`, whose `field` is `cron_expression` or `timezone`.
    """
    zone = find_zone(timezone)
    text = text.strip()
    if len(text) > LONGEST:
        message = f"A cron expression has at most {LONGEST} characters; this has {len(text)}."
        raise InvalidSchedule(message)
    word, _, rest = text.partition(" ")
    schedule: Schedule
    if word.lower() == "@every":
        schedule = FixedRate(parse_duration(rest), anchor.astimezone(UTC))
    elif word.lower() == "@after":
        schedule = FixedDelay(parse_duration(rest))
    elif text.startswith("@") and text.lower() not in SHORTCUTS:
        known = ", ".join([*SHORTCUTS, "@every 90s", "@after 90s"])
        raise InvalidSchedule(f"There is no {text[:40]!r}: there are {known}.")
    else:
        schedule = WallClock(_pattern(split(text)), zone, text)
    _check_rate(schedule, shortest)
    return schedule


@lru_cache(maxsize=16_384)
def _pattern(fields: tuple[str, ...]) -> Pattern:
    """One pattern for all zones."""
    return Pattern(fields)


def _check_rate(schedule: Schedule, shortest: float) -> None:
    if schedule.spacing < shortest:
        message = (
            f"Its ticks are {schedule.spacing:g} s apart at the closest; the limit is one every "
            f"{shortest:g} s: make them rarer."
        )
        raise InvalidSchedule(message)
