"""What fires on the days on which clocks are put forward or back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from scheduling.cron import parse

# Zone, the UTC hour of the change, expression, and what a clock on the wall with its offset shows.
FORWARD = {
    "a fixed time in the gap, right after it": (
        "Europe/Berlin", "2030-03-31T01", "30 2 * * *", ["03:00+02:00"],
    ),
    "the same with seconds": (
        "Europe/Berlin", "2030-03-31T01", "7 30 2 * * *", ["03:00+02:00"],
    ),
    "several fixed times in the gap, once": (
        "Europe/Berlin", "2030-03-31T01", "5,20,50 2 * * *", ["03:00+02:00"],
    ),
    "together with one that is there anyway, once": (
        "Europe/Berlin", "2030-03-31T01", "0 2,3 * * *", ["03:00+02:00"],
    ),
    "every-n has nothing to make up for": (
        "Europe/Berlin", "2030-03-31T01", "*/30 * * * *",
        ["01:00+01:00", "01:30+01:00", "03:00+02:00", "03:30+02:00", "04:00+02:00"],
    ),
    "nor has once an hour": (
        "Europe/Berlin", "2030-03-31T01", "40 * * * *",
        ["01:40+01:00", "03:40+02:00"],
    ),
    "every two hours, two hours after the last": (
        "Europe/Berlin", "2030-03-31T01", "0 */2 * * *", ["03:00+02:00", "04:00+02:00"],
    ),
    "an interval in the skipped hour alone": (
        "Europe/Berlin", "2030-03-31T01", "*/10 2 * * *", ["03:00+02:00"],
    ),
    "half an hour is skipped": (
        "Australia/Lord_Howe", "2030-10-05T15:30", "15 2 * * *", ["02:30+11:00"],
    ),
    "half an hour is skipped, after the gap": (
        "Australia/Lord_Howe", "2030-10-05T15:30", "45 2 * * *", ["02:45+11:00"],
    ),
    "every half hour, where half an hour is skipped": (
        "Australia/Lord_Howe", "2030-10-05T15:30", "*/30 * * * *",
        ["01:00+10:30", "01:30+10:30", "02:30+11:00", "03:00+11:00", "03:30+11:00"],
    ),
    "midnight is skipped": (
        "America/Havana", "2030-03-10T05", "0 0 * * *", ["01:00-04:00"],
    ),
    "midnight of the first is skipped": (
        "Asia/Beirut", "2030-03-30T22", "0 0 31 3 *", ["01:00+03:00"],
    ),
    "every six hours, where midnight is skipped": (
        "America/Havana", "2030-03-10T05", "0 */6 * * *", ["01:00-04:00"],
    ),
}  # fmt: skip
BACK = {
    "a fixed time, the first time": (
        "Europe/Berlin", "2030-10-27T01", "30 2 * * *", ["02:30+02:00"],
    ),
    "the same with seconds": (
        "Europe/Berlin", "2030-10-27T01", "7 30 2 * * *", ["02:30+02:00"],
    ),
    "the hour's first moment": (
        "Europe/Berlin", "2030-10-27T01", "0 2 * * *", ["02:00+02:00"],
    ),
    "the moment after it": (
        "Europe/Berlin", "2030-10-27T01", "0 3 * * *", ["03:00+01:00"],
    ),
    "every-n, through both hours": (
        "Europe/Berlin", "2030-10-27T01", "*/30 2 * * *",
        ["02:00+02:00", "02:30+02:00", "02:00+01:00", "02:30+01:00"],
    ),
    "once an hour, in both hours": (
        "Europe/Berlin", "2030-10-27T01", "40 * * * *",
        ["02:40+02:00", "02:40+01:00"],
    ),
    "half an hour comes twice": (
        "Australia/Lord_Howe", "2030-04-06T15", "45 1 * * *", ["01:45+11:00"],
    ),
    "every quarter, where half an hour comes twice": (
        "Australia/Lord_Howe", "2030-04-06T15", "*/15 1 * * *",
        ["01:00+11:00", "01:15+11:00", "01:30+11:00", "01:45+11:00", "01:30+10:30", "01:45+10:30"],
    ),
    "midnight comes twice": (
        "America/Havana", "2030-11-03T05", "0 0 * * *", ["00:00-04:00"],
    ),
    "the hour before midnight comes twice": (
        "Asia/Beirut", "2030-10-26T21", "30 23 26 10 *", ["23:30+03:00"],
    ),
}  # fmt: skip


def shown(zone: str, change: str, text: str) -> list[str]:
    """What fires from an hour before a change to an hour and a quarter after it."""
    at = datetime.fromisoformat(change + ("" if ":" in change else ":00")).replace(tzinfo=UTC)
    start = at - timedelta(hours=1, seconds=1)
    ticks = parse(text, zone).ticks(start, at + timedelta(minutes=75), 100)
    return [
        tick.astimezone(ZoneInfo(zone)).isoformat()[11:16]
        + tick.astimezone(ZoneInfo(zone)).isoformat()[-6:]
        for tick in ticks
    ]


@pytest.mark.parametrize("case", FORWARD)
def test_the_clock_is_put_forward(case):
    zone, change, text, expected = FORWARD[case]
    assert shown(zone, change, text) == expected


@pytest.mark.parametrize("case", BACK)
def test_the_clock_is_put_back(case):
    zone, change, text, expected = BACK[case]
    assert shown(zone, change, text) == expected


def test_seconds_run_on_through_both_hours():
    start = datetime(2030, 10, 26, 23, 59, 59, tzinfo=UTC)
    ticks = parse("*/10 * * * * *", "Europe/Berlin").ticks(start, start + timedelta(hours=3), 2000)
    assert len(ticks) == 3 * 360
    assert {b - a for a, b in pairwise(ticks)} == {timedelta(seconds=10)}


def test_within_the_second_of_two_equal_hours_a_fixed_time_waits_for_the_next_day():
    within = datetime(2030, 10, 27, 1, 10, tzinfo=UTC)
    tick = parse("30 2 * * *", "Europe/Berlin").next_after(within)
    assert tick == datetime(2030, 10, 28, 1, 30, tzinfo=UTC)


def test_a_day_that_a_zone_skipped_fires_when_the_next_begins():
    before = datetime(2011, 12, 29, 12, tzinfo=UTC)
    tick = parse("0 12 30 12 *", "Pacific/Apia").next_after(before)
    assert tick == datetime(2011, 12, 30, 10, tzinfo=UTC)


def test_fixed_rates_know_no_clock_changes():
    start = datetime(2030, 3, 31, 0, 30, tzinfo=UTC)
    ticks = parse("@every 20m", "Europe/Berlin", anchor=start).ticks(
        start, start + timedelta(hours=2), 9
    )
    assert ticks == [start + timedelta(minutes=20 * n) for n in range(1, 7)]
