"""Which days cron expressions name, fixed rates and delays, and what is said about them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from scheduling.cron import InvalidSchedule, Kind, UnknownTimezone, parse

START = datetime(2023, 12, 31, 23, 59, 59, tzinfo=UTC)
FAR = datetime(2200, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("0 0 29 2 *", ["2024-02-29", "2028-02-29", "2032-02-29"]),
        ("0 0 29 2 */7", ["2032-02-29", "2060-02-29", "2088-02-29", "2128-02-29"]),
        ("0 0 31 * *", ["2024-01-31", "2024-03-31", "2024-05-31"]),
        ("0 0 L * *", ["2024-01-31", "2024-02-29", "2024-03-31"]),
        ("0 0 LW * *", ["2024-01-31", "2024-02-29", "2024-03-29"]),
        ("0 0 * * 5L", ["2024-01-26", "2024-02-23", "2024-03-29"]),
        ("0 0 * * 1#2", ["2024-01-08", "2024-02-12", "2024-03-11"]),
        ("0 0 * * MON#5", ["2024-01-29", "2024-04-29", "2024-07-29"]),
        ("0 0 13 * 5", ["2024-01-05", "2024-01-12", "2024-01-13"]),
        ("0 0 1-7 * */7", ["2024-01-07", "2024-02-04", "2024-03-03"]),
        ("0 0 * * 7", ["2024-01-07", "2024-01-14"]),
        ("@yearly", ["2024-01-01", "2025-01-01"]),
        ("@annually", ["2024-01-01", "2025-01-01"]),
        ("@monthly", ["2024-01-01", "2024-02-01"]),
        ("@weekly", ["2024-01-07", "2024-01-14"]),
        ("@daily", ["2024-01-01", "2024-01-02"]),
        ("@midnight", ["2024-01-01", "2024-01-02"]),
        ("0 0 1 jan mon", ["2024-01-01", "2024-01-08"]),
    ],
)
def test_days(text, dates):
    ticks = parse(text).ticks(START, FAR, len(dates))
    assert [tick.date().isoformat() for tick in ticks] == dates


def test_ticks_end_where_they_are_told_to():
    schedule = parse("@hourly")
    start = datetime(2024, 1, 1, tzinfo=UTC)
    assert len(schedule.ticks(start, start + timedelta(hours=3), 10)) == 3
    assert len(schedule.ticks(start, start + timedelta(hours=30), 10)) == 10


def test_a_range_of_one_has_nothing_to_step_through():
    ticks = parse("5-5/10 * * * *").ticks(START, FAR, 2)
    assert [tick.minute for tick in ticks] == [5, 5]


def test_moments_in_any_zone_and_within_a_second():
    east = timezone(timedelta(hours=9))
    moment = datetime(2024, 1, 1, 9, 0, 0, 1, tzinfo=east)
    assert parse("* * * * * *").next_after(moment) == datetime(2024, 1, 1, 0, 0, 1, tzinfo=UTC)


def test_a_fixed_rate_counts_from_its_anchor():
    anchor = datetime(2024, 1, 1, 0, 0, 7, tzinfo=UTC)
    schedule = parse("@every 1h30m", anchor=anchor)
    assert schedule.kind is Kind.EVERY
    assert schedule.next_after(START) == anchor
    assert schedule.next_after(anchor) == anchor + timedelta(minutes=90)
    later = anchor + timedelta(days=365, seconds=1)
    assert schedule.next_after(later) == anchor + timedelta(days=365, minutes=90)


def test_a_fixed_delay_counts_from_the_end_of_the_last_job():
    schedule = parse("@after 90s")
    assert schedule.kind is Kind.AFTER
    assert schedule.next_after(START) == START + timedelta(seconds=90)
    assert len(schedule.ticks(START, FAR, 10)) == 1


def test_time_ends_without_an_error():
    last = datetime(9999, 12, 31, 23, 59, 58, tzinfo=UTC)
    for text in ("0 0 1 1 *", "@every 1h", "@after 1h", "0 0 29 2 *"):
        assert parse(text, "Europe/Berlin").next_after(last) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("*/15 * * * *", "Every 15 minutes"),
        ("*/10 * * * * *", "Every 10 seconds"),
        ("0 */6 * * *", "Every 6 hours"),
        ("*/7 * * * *", "Every seventh minute of every hour"),
        ("30 2 * * *", "At 02:30 every day"),
        ("15 30 2 * * *", "At 02:30:15 every day"),
        ("0 9 LW * *", "At 09:00 on the last weekday of every month"),
        ("@daily", "At 00:00 every day"),
        ("@every 90s", "Every 1 minute and 30 seconds"),
        ("@every 1h30m", "Every 1 hour and 30 minutes"),
        ("@after 1.5s", "1.5 seconds after the last job ended"),
    ],
)
def test_words(text, words):
    assert parse(text).describe() == words


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("30 2 * * mon", ("30", "2", "*", "*", "MON")),
        ("@daily", ("0", "0", "*", "*", "*")),
        ("0 30 2 * * *", None),
        ("0 0 L * *", None),
        ("0 0 * * 1#2", None),
        ("0 0 * * 5L", None),
        ("@every 1h", None),
        ("0 0 1 JUL *", ("0", "0", "1", "JUL", "*")),
    ],
)
def test_what_a_crontab_of_celery_can_show(text, fields):
    assert parse(text).five_fields == fields


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("0 0 31 2 *", "never fires"),
        ("0 0 30 2 */2", "never fires"),
        ("0 0 31 4,6,9,11 *", "never fires"),
        ("* * * * * * *", "has 7"),
        ("0 0 * *", "has 4"),
        ("", "has 0"),
        ("60 * * * *", "minute field '60'"),
        ("* 24 * * *", "hour field '24'"),
        ("* * 32 * *", "day field '32'"),
        ("* * * 13 *", "month field '13'"),
        ("* * * * 8", "weekday field '8'"),
        ("99 * * * * *", "second field '99'"),
        ("* * ? * 1", "day field '?'"),
        ("22-2 * * * *", "minute field '22-2'"),
        ("*/0 * * * *", "minute field '*/0'"),
        ("*/90 * * * *", "@every 90m"),
        ("1,, * * * *", "minute field '1,,'"),
        ("1" * 5000 + " * * * *", "at most 200 characters"),
        ("@reboot", "no '@reboot'"),
        ("@every", "no span of time"),
        ("@every 90", "no span of time"),
        ("@every -5s", "no span of time"),
        ("@every 5 fortnights", "no span of time"),
        ("@every 0s", "0 s apart"),
        ("@every 500ms", "0.5 s apart"),
        ("@after 0.1s", "0.1 s apart"),
        ("@every 99999d", "too long"),
        ("\0 * * * *", "minute field"),
    ],
)
def test_refused(text, part):
    with pytest.raises(InvalidSchedule) as caught:
        parse(text)
    assert part in str(caught.value)
    assert caught.value.field == "cron_expression"


@pytest.mark.parametrize("text", ["* * * * * *", "0,59 * * * * *", "* * * * *", "@every 59s"])
def test_rates_above_the_limit_are_refused(text):
    with pytest.raises(InvalidSchedule, match="the limit is one every 61 s"):
        parse(text, shortest=61)


def test_rates_at_the_limit_are_taken():
    assert parse("*/2 * * * *", shortest=120)
    assert parse("0,30 0 9 * * *", shortest=30).spacing == 30


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Europe/Berlim", "did you mean Europe/Berlin?"),
        ("europe/berlin", "did you mean Europe/Berlin?"),
        ("Mars/Olympus", "Mars/Olympus"),
        ("", "such as Europe/Berlin"),
        ("America", "America"),
        ("../../etc/passwd", "no time zone"),
        ("/etc/localtime", "no time zone"),
        ("\0", "no time zone"),
    ],
)
def test_zones_that_do_not_exist_are_refused(name, hint):
    with pytest.raises(UnknownTimezone) as caught:
        parse("0 0 * * *", name)
    assert hint in str(caught.value)
    assert caught.value.field == "timezone"
