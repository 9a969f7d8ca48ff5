"""The ticks of a span of time that is over. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from scheduling.cron import Schedule
from scheduling.cron.rates import FixedRate
from scheduling.misfire import INSTANT, Rules, first


def ticks_between(
    schedule: Schedule, rules: Rules, start: datetime, end: datetime, limit: int
) -> list[datetime]:
    """The ticks from `start` up to, but without, `end`; no more than the first `limit` of them.

    A fixed rate that has no `start_at` is counted back from its anchor too.
    """
    if isinstance(schedule, FixedRate) and rules.start_at is None and start < schedule.anchor:
        periods = -((start - schedule.anchor) // schedule.period)
        schedule = replace(schedule, anchor=schedule.anchor - periods * schedule.period)
    found: list[datetime] = []
    tick = first(schedule, start - INSTANT, rules)
    while tick and tick < end and len(found) < limit:
        found.append(tick)
        tick = first(schedule, tick, rules)
    return found
