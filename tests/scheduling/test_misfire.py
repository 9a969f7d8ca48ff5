"""Which ticks are fired after beat was away, and which are not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scheduling.calendars import load
from scheduling.choices import CalendarPolicy, MisfirePolicy
from scheduling.cron import parse
from scheduling.misfire import AT_ONCE, Decision, Rules, decide, first

NOON = datetime(2030, 6, 3, 12, tzinfo=UTC)
NIGHT = load("exclude", "UTC", [{"hours": ["22:00-06:00"]}])
MORNING = NOON + timedelta(hours=18)
"""When the night after that noon ends."""
SCHEDULES = ["@hourly", "*/7 * * * *", "0 */6 * * *", "* 3 * * *", "@every 1h", "30 2 1 * *"]
SKIP, ONCE, ALL = MisfirePolicy.SKIP, MisfirePolicy.FIRE_ONCE, MisfirePolicy.FIRE_ALL


def ago(**span: float) -> datetime:
    return NOON - timedelta(**span)


def test_a_tick_in_time_is_fired_whatever_the_policy():
    for policy in MisfirePolicy:
        rules = Rules(policy, grace=60)
        decision = decide(parse("@hourly"), NOON, NOON + timedelta(seconds=60), rules)
        assert decision == Decision((NOON,), NOON + timedelta(hours=1))


def test_late_ticks_are_skipped():
    decision = decide(parse("@hourly"), ago(hours=3), NOON - timedelta(minutes=30), Rules(SKIP))
    assert decision == Decision((), NOON)


def test_late_ticks_are_fired_once():
    decision = decide(parse("@hourly"), ago(hours=3), NOON - timedelta(minutes=30), Rules(ONCE))
    assert decision == Decision((ago(hours=1),), NOON)


def test_late_ticks_are_all_fired_up_to_the_limit():
    now = NOON - timedelta(minutes=30)
    decision = decide(parse("@hourly"), ago(hours=9), now, Rules(ALL, limit=2))
    assert decision == Decision((ago(hours=2), ago(hours=1)), NOON)
    decision = decide(parse("@hourly"), ago(hours=3), now, Rules(ALL, limit=9))
    assert decision.ticks == (ago(hours=3), ago(hours=2), ago(hours=1))


def test_ticks_within_the_grace_are_fired_beside_the_late_one():
    decision = decide(parse("* * * * * *"), ago(seconds=30), NOON, Rules(ONCE, grace=2))
    assert decision.ticks == tuple(ago(seconds=n) for n in (3, 2, 1, 0))
    assert decision.next == NOON + timedelta(seconds=1)


def test_weeks_of_missed_seconds_are_not_walked_through():
    decision = decide(parse("* * * * * *"), ago(days=3650), NOON, Rules(ALL, grace=0, limit=5))
    assert decision.ticks == tuple(ago(seconds=n) for n in (5, 4, 3, 2, 1, 0))


def test_what_is_too_much_at_once_is_left_for_the_next_look():
    schedule = parse("* * * * * *")
    one = decide(schedule, ago(seconds=1500), NOON, Rules(grace=3600))
    assert len(one.ticks) == AT_ONCE
    assert one.next == one.ticks[-1] + timedelta(seconds=1)
    two = decide(schedule, one.next, NOON, Rules(grace=3600))
    assert len(two.ticks) == 1501 - AT_ONCE
    assert two.next == NOON + timedelta(seconds=1)


@given(
    st.sampled_from(
        ["@hourly", "*/7 * * * *", "0 */6 * * *", "* 3 * * *", "@every 1h", "30 2 1 * *"]
    ),
    st.integers(0, 60 * 24 * 40),
    st.integers(0, 7200),
    st.sampled_from(MisfirePolicy),
    st.integers(1, 30),
)
def test_the_late_ticks_of_a_policy_are_the_last_of_all_late_ticks(
    text, minutes, grace, policy, limit
):
    schedule, rules = parse(text), Rules(policy, float(grace), limit)
    due = schedule.next_after(ago(minutes=minutes))
    decision = decide(schedule, due, NOON, rules)
    ticks = schedule.ticks(due - timedelta(seconds=1), NOON, 100_000)
    late = [tick for tick in ticks if (NOON - tick).total_seconds() > grace]
    wanted = {SKIP: 0, ONCE: 1, ALL: limit}[policy]
    expected = late[len(late) - min(wanted, len(late)) :] + ticks[len(late) :]
    assert list(decision.ticks) == expected[:AT_ONCE]


def test_nothing_is_due_before_its_time():
    assert decide(parse("@hourly"), NOON, ago(seconds=1), Rules()) == Decision((), NOON)
    assert decide(parse("@after 1m"), NOON, ago(seconds=1), Rules()) == Decision((), NOON)


def test_a_fixed_delay_has_one_tick_and_what_follows_depends_on_its_job():
    assert decide(parse("@after 1h"), ago(hours=5), NOON, Rules(ALL)) == Decision(
        (ago(hours=5),), None
    )


def test_a_late_fixed_delay_that_is_skipped_begins_anew():
    decision = decide(parse("@after 1h"), ago(hours=5), NOON, Rules(SKIP))
    assert decision == Decision((), NOON + timedelta(hours=1))


def test_ticks_begin_at_the_start_and_are_over_at_the_end():
    start, end = NOON + timedelta(days=3650), NOON + timedelta(days=3650, hours=2)
    rules = Rules(start_at=start, end_at=end)
    for text in ("@hourly", "@every 1h", "@after 1h"):
        assert first(parse(text), NOON, rules) == start
    assert first(parse("@hourly"), start, rules) == start + timedelta(hours=1)
    assert first(parse("@hourly"), start + timedelta(hours=1), rules) is None
    assert first(parse("0 0 29 2 */7"), NOON, Rules()) == datetime(2032, 2, 29, tzinfo=UTC)


def test_a_tick_inside_an_exclusion_is_skipped():
    rules = Rules(calendar=NIGHT)
    late = NOON + timedelta(hours=9, minutes=59)
    assert first(parse("*/30 * * * *"), late, rules) == MORNING
    assert first(parse("10 23 * * *"), NOON, rules) is None


def test_or_moved_to_its_end():
    rules = Rules(calendar=NIGHT, calendar_policy=CalendarPolicy.MOVE)
    assert first(parse("10 23 * * *"), NOON, rules) == MORNING
    assert first(parse("*/30 * * * *"), NOON + timedelta(hours=9.9), rules) == NOON + timedelta(
        hours=18
    )
    over = replace(rules, end_at=NOON + timedelta(hours=12))
    assert first(parse("10 23 * * *"), NOON, over) is None


def test_several_ticks_moved_to_one_end_are_one():
    rules = Rules(ALL, grace=0, calendar=NIGHT, calendar_policy=CalendarPolicy.MOVE)
    evening = NOON + timedelta(hours=9, minutes=30)
    decision = decide(parse("*/30 * * * *"), evening, NOON + timedelta(hours=18.1), rules)
    assert decision.ticks == (evening, MORNING)
    assert decision.next == NOON + timedelta(hours=18.5)


def test_a_fixed_delay_that_is_up_inside_an_exclusion_waits_for_its_end():
    for policy in CalendarPolicy:
        rules = Rules(calendar=NIGHT, calendar_policy=policy)
        assert first(parse("@after 11h"), NOON, rules) == MORNING
