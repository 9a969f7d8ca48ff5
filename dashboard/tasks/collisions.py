"""Where the ticks of many tasks collide in the coming day: counts by the minute. Pure.

Tasks of one timetable are counted together, and no timetable takes more than some hundred steps,
whatever it is: a fixed rate is counted by arithmetic, a pattern with seconds by its minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scheduling.cron import Kind, Schedule
from scheduling.cron.rates import FixedRate
from scheduling.firing.definition import Timetable
from scheduling.misfire import INSTANT, first

MINUTE = timedelta(minutes=1)
MINUTES = 24 * 60
NAMES_OF_MINUTE = 6
DENSE = 60.0
"""Seconds between ticks below which minutes are sampled instead of walking tick by tick."""
STEPS = 120_000
"""Steps for one map, a second or two; timetables that would go past them are left out."""


@dataclass(frozen=True, slots=True)
class Group:
    """Tasks of one timetable; `names` are some of theirs."""

    timetable: Timetable
    tasks: int
    names: tuple[str, ...]


@dataclass(slots=True)
class Collisions:
    """Of each minute from `start` on: its ticks, and how many tasks have them (`firing`).

    `tasks` of `all_tasks` were counted; `names` are of the groups with the most tasks.
    """

    start: datetime
    ticks: list[int] = field(default_factory=lambda: [0] * MINUTES)
    firing: list[int] = field(default_factory=lambda: [0] * MINUTES)
    tasks: int = 0
    all_tasks: int = 0
    names: dict[int, list[str]] = field(default_factory=dict)


def count(groups: Sequence[Group], start: datetime, all_tasks: int) -> Collisions:
    """The ticks from `start`, a whole minute, to a day later; the largest groups go first."""
    found = Collisions(start, all_tasks=all_tasks)
    steps = 0
    for group in sorted(groups, key=lambda one: one.tasks, reverse=True):
        if steps > STEPS:
            break
        found.tasks += group.tasks
        for minute, ticks in by_minute(group.timetable, start):
            steps += 1
            found.ticks[minute] += ticks * group.tasks
            found.firing[minute] += group.tasks
            _name(found, minute, group.names)
    return found


def by_minute(timetable: Timetable, start: datetime) -> Iterator[tuple[int, int]]:
    """The minutes of the day in which a timetable has ticks, and how many."""
    schedule, rules = timetable.schedule, timetable.rules
    if schedule is None or schedule.kind == Kind.AFTER:
        return iter(())
    if isinstance(schedule, FixedRate) and rules.calendar is None:
        return _of_rate(schedule, timetable, start)
    return _of_minutes(timetable, start) if schedule.spacing < DENSE else _walked(timetable, start)


def _of_rate(rate: FixedRate, timetable: Timetable, start: datetime) -> Iterator[tuple[int, int]]:
    """By arithmetic; a rate of more than a minute has at most one tick in each."""
    rules = timetable.rules
    begin = max(start, rate.anchor, rules.start_at or start)
    end = min(start + MINUTES * MINUTE, rules.end_at or datetime.max.replace(tzinfo=start.tzinfo))
    tick = first(rate, begin - INSTANT, rules)
    while tick is not None and tick < end:
        minute = (tick - start) // MINUTE
        until = min(start + (minute + 1) * MINUTE, end)
        ticks = (until - tick - INSTANT) // rate.period + 1
        yield minute, ticks
        tick += ticks * rate.period


def _of_minutes(timetable: Timetable, start: datetime) -> Iterator[tuple[int, int]]:
    """A pattern with seconds: those of its first minute with ticks are those of every one.

    A calendar and the span of the task cut minutes whole, which may be a minute off at the edges.
    """
    schedule, rules = timetable.schedule, timetable.rules
    assert schedule is not None
    tick = first(schedule, start - INSTANT, rules)
    in_minute = 0
    while tick is not None and (minute := (tick - start) // MINUTE) < MINUTES:
        end = start + (minute + 1) * MINUTE
        if not in_minute:
            in_minute = len(_between(schedule, tick, end))
        yield minute, in_minute
        tick = first(schedule, end - INSTANT, rules)


def _between(schedule: Schedule, tick: datetime, end: datetime) -> list[datetime]:
    return schedule.ticks(tick - INSTANT, end - INSTANT, int(DENSE))


def _walked(timetable: Timetable, start: datetime) -> Iterator[tuple[int, int]]:
    schedule, rules = timetable.schedule, timetable.rules
    assert schedule is not None
    tick = first(schedule, start - INSTANT, rules)
    while tick is not None and (minute := (tick - start) // MINUTE) < MINUTES:
        yield minute, 1
        tick = first(schedule, tick, rules)


def _name(found: Collisions, minute: int, names: Iterable[str]) -> None:
    known = found.names.setdefault(minute, [])
    if (room := NAMES_OF_MINUTE - len(known)) > 0:
        known.extend(list(names)[:room])
