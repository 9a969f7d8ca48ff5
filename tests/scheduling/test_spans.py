"""The ticks of a span that is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from scheduling.calendars import load
from scheduling.cron import parse
from scheduling.defining.spans import ticks_between
from scheduling.misfire import Rules

START = datetime(2024, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_span_has_its_start_and_not_its_end():
    ticks = ticks_between(parse("@hourly"), Rules(), START, START + 3 * HOUR, 100)
    assert ticks == [START, START + HOUR, START + 2 * HOUR]


def test_no_more_are_looked_for_than_were_asked_for():
    ticks = ticks_between(parse("* * * * * *"), Rules(), START, datetime(9000, 1, 1, tzinfo=UTC), 5)
    assert ticks == [START + timedelta(seconds=n) for n in range(5)]


def test_a_fixed_rate_is_counted_back_from_its_anchor():
    anchor = START + timedelta(days=365, minutes=7)
    schedule = parse("@every 1h", anchor=anchor)
    first = START + timedelta(minutes=7)
    assert ticks_between(schedule, Rules(), START, START + 2 * HOUR, 9) == [first, first + HOUR]
    assert ticks_between(schedule, Rules(), first, first + HOUR, 9) == [first]


def test_but_not_back_beyond_its_start():
    begin = START + 5 * HOUR
    schedule = parse("@every 1h", anchor=begin)
    ticks = ticks_between(schedule, Rules(start_at=begin), START, START + 7 * HOUR, 9)
    assert ticks == [begin, begin + HOUR]


def test_the_rules_hold_for_the_past_too():
    night = load("exclude", "UTC", [{"hours": ["00:00-06:00"]}])
    rules = Rules(calendar=night, end_at=START + 8 * HOUR)
    ticks = ticks_between(parse("@hourly"), rules, START, START + 24 * HOUR, 99)
    assert ticks == [START + 6 * HOUR, START + 7 * HOUR]
