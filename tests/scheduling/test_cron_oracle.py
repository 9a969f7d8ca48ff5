"""Cron expressions against an oracle that looks at every minute, or every second.

The suite takes samples, most of them around clock changes. `CRON_ORACLE_YEARS=10` walks through
ten years of ten zones minute by minute as well, which takes some minutes a zone.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from scheduling.cron import InvalidSchedule, parse
from tests.scheduling import cron_oracle

FIRST_YEAR = 2020
YEARS = int(os.environ.get("CRON_ORACLE_YEARS", "0"))
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # by half an hour
    "America/Havana",  # at midnight
    "Asia/Beirut",  # at midnight
    "Africa/Casablanca",  # four times a year
    "America/Santiago",  # at midnight, on the southern half
    "Pacific/Chatham",  # at 02:45
    "Asia/Kathmandu",  # never
]
EVERY_DAY = [
    "* * * * *",
    "*/15 * * * *",
    "*/7 1-3 * * *",
    "30 2 * * *",
    "0,30 0,2 * * *",
    "0 */2 * * *",
    "59 23 L * *",
    "0 0 29 2 *",
    "15 1 * * 0#1",
    "0 0 1 * MON",
]


# An example is slow to look through, so that shrinking one would take minutes.
samples = settings(phases=[Phase.generate], max_examples=40)


def numbers(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    span = st.tuples(number, number).map(lambda two: f"{min(two)}-{max(two)}")
    step = st.integers(1, max(2, (high - low) // 2))
    plain = number.map(str)
    return st.one_of(
        st.just("*"),
        plain,
        st.lists(st.one_of(plain, span), min_size=1, max_size=4).map(",".join),
        span,
        step.map("*/{}".format),
        st.tuples(st.one_of(span, plain), step).map("{0[0]}/{0[1]}".format),
    )


minutes = numbers(0, 59)
hours = st.one_of(numbers(0, 23), st.sampled_from(["*", "0", "1", "2", "0-3", "*/2", "1,2,3"]))
days = st.one_of(st.just("*"), numbers(1, 31), st.sampled_from(["L", "LW", "29", "31", "*/3"]))
months = st.one_of(st.just("*"), numbers(1, 12), st.sampled_from(["MAR-APR", "OCT,NOV"]))
weekdays = st.one_of(
    st.just("*"), numbers(0, 7), st.sampled_from(["MON-FRI", "0L", "5L", "7#1", "1#5", "*/2"])
)
wide_days = st.one_of(st.just("*"), days), st.one_of(st.just("*"), months)
dates = st.tuples(*wide_days, st.one_of(st.just("*"), weekdays)).map(" ".join)
seconds = st.one_of(st.sampled_from(["0", "*/10", "59"]), numbers(0, 59))


@cache
def clock_changes(name: str) -> list[datetime]:
    """The hours of ten years before which the zone's clock was changed."""
    zone = ZoneInfo(name)
    hour = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    found, offset = [], hour.astimezone(zone).utcoffset()
    while hour.year < FIRST_YEAR + 10:
        hour += timedelta(hours=1)
        if offset != (offset := hour.astimezone(zone).utcoffset()):
            found.append(hour)
    return found


@st.composite
def places(draw: st.DrawFn) -> tuple[str, datetime]:
    """A zone and a minute, mostly soon before a change of its clock."""
    name = draw(st.sampled_from(ZONES))
    changes = clock_changes(name)
    if changes and draw(st.integers(0, 3)):
        return name, draw(st.sampled_from(changes)) - timedelta(minutes=draw(st.integers(0, 200)))
    start = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    return name, start + timedelta(minutes=draw(st.integers(0, 10 * 365 * 1440)))


def compare(text: str, name: str, start: datetime, end: datetime, moment: datetime) -> None:
    try:
        schedule = parse(text, name)
    except InvalidSchedule:
        assume(False)
    expected = list(cron_oracle.ticks(text, ZoneInfo(name), start, end))
    assert schedule.ticks(start, end, 10_000_000) == expected
    following = [tick for tick in expected if tick > moment]
    found = schedule.next_after(moment)
    assert found == following[0] if following else found is None or found > end


@samples
@given(minutes, hours, dates, places(), st.integers(0, 2 * 86_400_000))
def test_five_fields_fire_when_the_oracle_says(minute, hour, date, place, offset):
    name, start = place
    moment = start + timedelta(milliseconds=offset)
    compare(f"{minute} {hour} {date}", name, start, start + timedelta(days=2), moment)


@samples
@given(seconds, minutes, hours, places(), st.integers(0, 12_000_000))
def test_six_fields_fire_when_the_oracle_says(second, minute, hour, place, offset):
    name, start = place
    moment = start + timedelta(milliseconds=offset)
    compare(
        f"{second} {minute} {hour} * * *",
        name,
        start,
        start + timedelta(hours=3, minutes=30),
        moment,
    )


@pytest.mark.parametrize(("name", "text"), product(ZONES, EVERY_DAY) if YEARS else [])
def test_every_minute_of_years(name, text):
    start = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    compare(text, name, start, datetime(FIRST_YEAR + YEARS, 1, 1, tzinfo=UTC), start)
