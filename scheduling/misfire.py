"""Which ticks are fired, which are dropped, and when the next one is. Pure: no Django, no I/O.

A tick is late when it is more than its task's grace ago; the misfire policy is about late ticks
alone, those within the grace are all fired.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduling.calendars import Calendar
from scheduling.choices import CalendarPolicy, MisfirePolicy
from scheduling.cron import Kind, Schedule

AT_ONCE = 1000
"""Ticks of one task that are decided on together; the rest come next."""

HORIZON = timedelta(days=5 * 366)
"""How far from the first tick one is looked for that a calendar lets through."""

EXCLUSIONS = 2000
"""How many exclusions in a row are looked behind: those of every day for five years."""

INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a task says of its ticks beside their schedule. No tick at `end_at` or later."""

    policy: MisfirePolicy = MisfirePolicy.FIRE_ONCE
    grace: float = 60.0
    """Seconds after which a tick is late."""
    limit: int = 100
    """How many late ticks `fire_all` fires."""
    start_at: datetime | None = None
    end_at: datetime | None = None
    calendar: Calendar | None = None
    calendar_policy: CalendarPolicy = CalendarPolicy.SKIP


@dataclass(frozen=True, slots=True)
class Decision:
    """Ticks to fire, the earliest first, and the next one, which may be due as well."""

    ticks: tuple[datetime, ...]
    next: datetime | None


def first(schedule: Schedule, after: datetime, rules: Rules) -> datetime | None:
    """The first tick later than `after`, or None if no more is to come.

    For a fixed delay, `after` is when the last job ended.
    """
    tick = earliest = _not_before_start(schedule, schedule.next_after(after), rules)
    for _ in range(EXCLUSIONS):
        if not (tick and earliest and _is_before_end(tick, rules) and tick - earliest < HORIZON):
            return None
        end = rules.calendar.end_of_exclusion(tick) if rules.calendar else tick
        if end is None:
            return None
        if end == tick:
            return tick
        if rules.calendar_policy == CalendarPolicy.MOVE:
            return end if _is_before_end(end, rules) else None
        tick = _at_or_after(schedule, end)
    return None


def decide(schedule: Schedule, due: datetime, now: datetime, rules: Rules) -> Decision:
    """What becomes of the ticks from `due`, the first that was not fired, up to `now`."""
    if schedule.kind == Kind.AFTER:
        return _decide_delay(schedule, due, now, rules)
    late_until = now - timedelta(seconds=rules.grace)
    fired = _late(schedule, due, late_until, rules)
    tick = due if due >= late_until else first(schedule, late_until - INSTANT, rules)
    while tick and tick <= now and len(fired) < AT_ONCE:
        fired.append(tick)
        tick = first(schedule, tick, rules)
    return Decision(tuple(fired), tick)


def _decide_delay(schedule: Schedule, due: datetime, now: datetime, rules: Rules) -> Decision:
    """A fixed delay has one tick; what follows is not known before its job has ended."""
    late = now - due > timedelta(seconds=rules.grace)
    if due > now:
        return Decision((), due)
    if late and rules.policy == MisfirePolicy.SKIP:
        return Decision((), first(schedule, now, rules))
    return Decision((due,), None)


def _late(schedule: Schedule, due: datetime, until: datetime, rules: Rules) -> list[datetime]:
    """Those of the ticks from `due` up to, but without, `until` that the policy fires."""
    if rules.policy == MisfirePolicy.SKIP or due >= until:
        return []
    wanted = 1 if rules.policy == MisfirePolicy.FIRE_ONCE else min(rules.limit, AT_ONCE)
    span = timedelta(seconds=max(schedule.spacing, 1.0) * wanted)
    while True:
        # Weeks of missed seconds are not walked through: the look back doubles until it will do.
        start = max(due, until - span)
        found = list(_between(schedule, due, start, until, rules))
        if len(found) >= wanted or start == due:
            return found[-wanted:]
        span *= 2


def _between(
    schedule: Schedule, due: datetime, start: datetime, until: datetime, rules: Rules
) -> Iterator[datetime]:
    """The ticks from `start` up to, but without, `until`; `due` is known to be one."""
    tick = due if start == due else first(schedule, start - INSTANT, rules)
    while tick and tick < until:
        yield tick
        tick = first(schedule, tick, rules)


def _is_before_end(tick: datetime, rules: Rules) -> bool:
    return rules.end_at is None or tick < rules.end_at


def _not_before_start(schedule: Schedule, tick: datetime | None, rules: Rules) -> datetime | None:
    if tick is None or rules.start_at is None or tick >= rules.start_at:
        return tick
    return _at_or_after(schedule, rules.start_at)


def _at_or_after(schedule: Schedule, moment: datetime) -> datetime | None:
    """The first tick from `moment` on; a fixed delay that was held up ends there."""
    return moment if schedule.kind == Kind.AFTER else schedule.next_after(moment - INSTANT)
