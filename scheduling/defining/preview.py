"""The next ticks of a schedule, for people. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from scheduling.cron import Kind, Schedule
from scheduling.misfire import Rules, first


class Tick(NamedTuple):
    """A tick in UTC, in its zone, and in words."""

    at: datetime
    local: str
    words: str


def preview(
    schedule: Schedule, rules: Rules, zone: ZoneInfo, after: datetime, count: int
) -> list[Tick]:
    """The first `count` ticks after a moment; of a fixed delay one, were its job to end then."""
    found: list[Tick] = []
    tick = first(schedule, after, rules)
    while tick and len(found) < count:
        local = tick.astimezone(zone)
        found.append(Tick(tick, local.isoformat(), local.strftime("%A, %-d %B %Y, %H:%M:%S %Z")))
        tick = None if schedule.kind == Kind.AFTER else first(schedule, tick, rules)
    return found
