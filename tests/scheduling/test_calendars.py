"""Calendars, against an oracle that looks at every quarter of an hour, and by example."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from scheduling.calendars import load
from scheduling.cron import UnknownTimezone
from tests.scheduling.test_cron_oracle import ZONES, clock_changes

QUARTER = timedelta(minutes=15)
WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
BUSINESS = [{"weekdays": WEEK[:5], "hours": ["09:00-12:00", "13:00-17:30"], "but": ["12-25"]}]


def at(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


# --- An oracle that shares nothing with the code -----------------------------------------------


def named(texts: list[str], day: date) -> bool:
    for text in texts:
        first, _, last = text.partition("/")
        if last and first <= day.isoformat() <= last:
            return True
        if text in (day.isoformat(), day.isoformat()[5:]):
            return True
    return False


def counts(rule: dict, day: date) -> bool:
    return (
        (not rule["dates"] or named(rule["dates"], day))
        and (not rule["weekdays"] or WEEK[day.weekday()] in rule["weekdays"])
        and not named(rule["but"], day)
    )


def covered(rule: dict, wall: datetime) -> bool:
    clock = wall.strftime("%H:%M")
    today = counts(rule, wall.date())
    yesterday = counts(rule, wall.date() - timedelta(days=1))
    if not rule["hours"]:
        return today
    for text in rule["hours"]:
        start, end = text.split("-")
        if start < end and start <= clock < end and today:
            return True
        if start > end and ((clock >= start and today) or (clock < end and yesterday)):
            return True
    return False


def allowed(mode: str, zone: str, rules: list[dict], moment: datetime) -> bool:
    wall = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return any(covered(rule, wall) for rule in rules) == (mode == "allow")


clocks = st.integers(0, 95).map(lambda n: f"{n // 4:02}:{n % 4 * 15:02}")
hours = st.one_of(
    st.tuples(clocks, clocks).filter(lambda two: two[0] != two[1]).map("-".join),
    st.sampled_from(["00:00-06:00", "22:00-06:00", "20:00-24:00", "02:30-03:00", "00:00-00:30"]),
)


@st.composite
def situations(draw: st.DrawFn) -> tuple[str, str, list[dict], datetime]:
    """A calendar, and a moment that is mostly shortly before a change of the clock."""
    zone = draw(st.sampled_from(ZONES))
    changes = clock_changes(zone) or [datetime(2024, 12, 30, 12, tzinfo=UTC)]
    moment = draw(st.sampled_from(changes)) - QUARTER * draw(st.integers(0, 200))
    near = [moment.date() + timedelta(days=n) for n in range(-1, 5)]
    a_day = st.sampled_from(near)
    dates = st.one_of(
        a_day.map(date.isoformat),
        a_day.map(lambda day: day.isoformat()[5:]),
        st.tuples(a_day, a_day).map(lambda two: f"{min(two)}/{max(two)}"),
    )
    rule = st.fixed_dictionaries(
        {
            "dates": st.lists(dates, max_size=3),
            "weekdays": st.lists(st.sampled_from(WEEK), max_size=4, unique=True),
            "hours": st.lists(hours, max_size=3),
            "but": st.lists(dates, max_size=1),
        }
    )
    rules = draw(st.lists(rule, min_size=1, max_size=3))
    return draw(st.sampled_from(["exclude", "allow"])), zone, rules, moment


@given(situations())
def test_it_allows_what_the_oracle_allows_and_ends_when_that_ends(situation):
    mode, zone, rules, moment = situation
    calendar = load(mode, zone, rules)
    quarters = [moment + QUARTER * n for n in range(6 * 96)]
    answers = [allowed(mode, zone, rules, quarter) for quarter in quarters]
    assert [calendar.allows(quarter) for quarter in quarters] == answers
    end = calendar.end_of_exclusion(moment)
    if True in answers:
        assert end == quarters[answers.index(True)]
    else:
        assert end is None or end > quarters[-1]


# --- Examples ----------------------------------------------------------------------------------


def test_business_hours():
    calendar = load("allow", "Europe/Berlin", BUSINESS)
    assert calendar.allows(at("2030-06-03T09:00"))
    assert not calendar.allows(at("2030-06-03T12:00"))
    assert calendar.end_of_exclusion(at("2030-06-03T12:10")) == at("2030-06-03T13:00")
    assert calendar.end_of_exclusion(at("2030-06-07T18:00")) == at("2030-06-10T09:00")
    assert calendar.end_of_exclusion(at("2030-12-24T18:00")) == at("2030-12-26T09:00")


def test_holidays():
    calendar = load("exclude", "Europe/Berlin", [{"dates": ["2030-12-24/2031-01-06", "05-01"]}])
    assert calendar.end_of_exclusion(at("2030-12-24T00:00")) == at("2031-01-07T00:00")
    assert calendar.end_of_exclusion(at("2035-05-01T12:00")) == at("2035-05-02T00:00")
    assert calendar.allows(at("2030-12-23T23:59:59"))


def test_an_exclusion_that_ends_in_a_gap_ends_right_after_it():
    calendar = load("exclude", "Europe/Berlin", [{"hours": ["01:00-02:30"]}])
    end = calendar.end_of_exclusion(at("2030-03-31T01:10"))
    assert end == datetime(2030, 3, 31, 1, tzinfo=UTC)


def test_what_never_ends_has_no_end():
    always = load("exclude", "UTC", [{"hours": ["00:00-24:00"]}])
    over = load("allow", "UTC", [{"dates": ["2020-01-01"]}])
    assert always.end_of_exclusion(at("2030-01-01T00:00")) is None
    assert over.end_of_exclusion(at("2030-01-01T00:00")) is None
    assert always.end_of_exclusion(datetime(9999, 12, 30, tzinfo=UTC)) is None


def test_the_largest_calendar_there_may_be_is_looked_through():
    """It is far from every day that something may change, and few rules count on one."""
    hours = [f"{hour:02}:{minute:02}-{hour:02}:{minute + 9:02}" for hour in range(24)
             for minute in (7,)]  # fmt: skip
    days = [f"2034-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 18)]
    calendar = load("allow", "Europe/Berlin", [{"dates": [day], "hours": hours} for day in days])
    assert calendar.end_of_exclusion(at("2030-01-01T00:00")) == at("2034-01-01T00:07")
    assert calendar.end_of_exclusion(at("2034-12-17T23:16")) is None
    assert calendar.end_of_exclusion(at("2034-12-17T23:17")) is None
    assert calendar.end_of_exclusion(at("2034-12-17T23:10")) == at("2034-12-17T23:10")


def test_calendars_that_say_the_same_are_the_same():
    one, two = load("allow", "UTC", BUSINESS), load("allow", "UTC", [dict(BUSINESS[0])])
    assert one == two
    assert hash(one) == hash(two)


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ({"dates": ["2030-02-30"]}, "dates"),
        ({"dates": ["02-30"]}, "dates"),
        ({"dates": ["Christmas"]}, "dates"),
        ({"dates": ["2031-01-06/2030-12-24"]}, "dates"),
        ({"dates": ["20301224"]}, "dates"),
        ({"dates": ["2030-12-24/"]}, "dates"),
        ({"but": ["2030-W01-1"]}, "but"),
        ({"weekdays": ["Monday"]}, "weekdays"),
        ({"hours": ["9-17"]}, "hours"),
        ({"hours": ["09:00-24:01"]}, "hours"),
        ({"hours": ["24:00-06:00"]}, "hours"),
        ({"hours": ["09:60-17:00"]}, "hours"),
        ({"hours": ["09:00-09:00"]}, "hours"),
        ({"holidays": []}, "holidays"),
    ],
)
def test_unreadable_rules_are_refused(rule, place):
    with pytest.raises(ValidationError) as caught:
        load("exclude", "UTC", [rule])
    assert caught.value.errors()[0]["loc"][:2] == (0, place)


def test_an_unknown_zone_is_refused():
    with pytest.raises(UnknownTimezone):
        load("exclude", "Mars/Olympus", [])
