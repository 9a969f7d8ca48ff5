"""Compares the ticks that a task should have had with those that it had (invariant I5).

In the manner of Jepsen's test of Chronos: what is expected is worked out here, by arithmetic on
whole seconds and not by the code under test, from what is known of the task and of outages.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

EDGE = 0.01
"""Seconds within which a tick may count as late or not: clocks are read to the millisecond."""


class Tick(NamedTuple):
    """A job that a tick became: the second it was for, and when its row was made (epoch)."""

    task: str
    second: float
    made: float


class Outage(NamedTuple):
    """A span in which nobody fired (epoch)."""

    since: float
    until: float


@dataclass(frozen=True)
class Plan:
    """A task that is to fire every so many seconds of the epoch, in [since, until)."""

    every: int
    since: float
    until: float
    policy: str = "fire_once"
    grace: float = 60.0
    limit: int = 100


@dataclass
class Verdict:
    """What was wrong, as (task, second); and how late each tick was that no outage held up."""

    missing: list[tuple[str, float]] = field(default_factory=list)
    doubled: list[tuple[str, float]] = field(default_factory=list)
    unexpected: list[tuple[str, float]] = field(default_factory=list)
    early: list[tuple[str, float]] = field(default_factory=list)
    lateness: list[float] = field(default_factory=list)

    @property
    def faults(self) -> dict[str, list[tuple[str, float]]]:
        """What was wrong, by kind; empty if nothing was."""
        kinds = ("missing", "doubled", "unexpected", "early")
        return {kind: getattr(self, kind)[:10] for kind in kinds if getattr(self, kind)}

    def percentile(self, share: float) -> float:
        """Lateness in seconds that a share (0 to 1) of the ticks kept within."""
        ordered = sorted(self.lateness)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def check(
    plans: Mapping[str, Plan], ticks: Iterable[Tick], outages: Sequence[Outage] = ()
) -> Verdict:
    """Holds the ticks of all tasks against their plans."""
    verdict = Verdict()
    by_task: dict[str, list[Tick]] = defaultdict(list)
    for tick in ticks:
        by_task[tick.task].append(tick)
    for task, plan in plans.items():
        _check_task(verdict, task, plan, by_task.pop(task, []), outages)
    for task, others in by_task.items():
        verdict.unexpected += [(task, tick.second) for tick in others]
    return verdict


def read_ticks(cursor: Any) -> list[Tick]:
    """All ticks in the database, by the names of their tasks' ids."""
    cursor.execute(
        """
        SELECT task_id::text, date_part('epoch', scheduled_for), date_part('epoch', created_at)
          FROM jobs_job WHERE scheduled_for IS NOT NULL
        """
    )
    return [Tick(*row) for row in cursor.fetchall()]


def _check_task(
    verdict: Verdict, task: str, plan: Plan, ticks: list[Tick], outages: Sequence[Outage]
) -> None:
    counts = Counter(tick.second for tick in ticks)
    made = sorted(tick.made for tick in ticks)
    required, allowed = _expect(plan, made, outages)
    verdict.missing += [(task, second) for second in sorted(required - counts.keys())]
    verdict.doubled += [(task, second) for second, count in counts.items() if count > 1]
    verdict.unexpected += [
        (task, second)
        for second in sorted(counts.keys() - required - allowed)
        if second < plan.until
    ]
    verdict.early += [(task, tick.second) for tick in ticks if tick.made < tick.second]
    verdict.lateness += [
        tick.made - tick.second for tick in ticks if _outage_of(tick.second, outages) is None
    ]


def _expect(
    plan: Plan, made: list[float], outages: Sequence[Outage]
) -> tuple[set[float], set[float]]:
    """The ticks that have to be there, and others that may be."""
    required: set[float] = set()
    allowed: set[float] = set()
    late: dict[Outage, list[float]] = defaultdict(list)
    first = int(-(-plan.since // plan.every)) * plan.every
    for second in range(first, int(-(-plan.until // 1)), plan.every):
        outage = _outage_of(second, outages)
        age = _recovered(outage, made) - second if outage else 0.0
        if outage is None or age <= plan.grace - EDGE:
            required.add(float(second))
        elif age < plan.grace + EDGE:
            allowed.add(float(second))
        else:
            late[outage].append(float(second))
    for seconds in late.values():
        wanted = {"skip": 0, "fire_once": 1, "fire_all": plan.limit}[plan.policy]
        required.update(seconds[len(seconds) - wanted :] if wanted < len(seconds) else seconds)
        if not wanted:
            required.difference_update(seconds)
    return required, allowed


def _recovered(outage: Outage, made: list[float]) -> float:
    """When what had been missed was decided on: with the first tick made after the outage."""
    index = bisect_right(made, outage.until)
    return made[index] if index < len(made) else outage.until


def _outage_of(second: float, outages: Sequence[Outage]) -> Outage | None:
    return next((its for its in outages if its.since <= second < its.until), None)
