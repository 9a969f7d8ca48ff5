"""What a simulation comes to: waits, utilisation, and the cost of deciding."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from scheduling.simulation.jobs import SimulatedJob
from scheduling.simulation.rounds import Effort
from scheduling.simulation.world import World


@dataclass(frozen=True, slots=True)
class Spread:
    """Of a number of values: the median, the 95th percentile and the largest."""

    count: int
    p50: float
    p95: float
    max: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """All zero for no values."""
        ordered = sorted(values)
        count = len(ordered)
        if not count:
            return cls(0, 0.0, 0.0, 0.0)
        return cls(count, ordered[count // 2], ordered[int(count * 0.95)], ordered[-1])

    def as_dict(self) -> dict[str, float]:
        """For JSON."""
        return {"count": self.count, "p50": self.p50, "p95": self.p95, "max": self.max}


class Waits:
    """Seconds from arrival to start, by priority and by the threads asked for."""

    def __init__(self) -> None:
        self._by_priority: dict[int, array[float]] = defaultdict(lambda: array("d"))
        self._by_width: dict[int, array[float]] = defaultdict(lambda: array("d"))

    def add(self, begun: Iterable[SimulatedJob]) -> None:
        """Of jobs that have begun."""
        for job in begun:
            wait = job.started - job.arrived
            self._by_priority[job.priority].append(wait)
            self._by_width[job.thread_demand].append(wait)

    def by_priority(self) -> dict[int, Spread]:
        """The most urgent first."""
        return {its: Spread.of(self._by_priority[its]) for its in sorted(self._by_priority)[::-1]}

    def by_width(self) -> dict[int, Spread]:
        """The narrowest first."""
        return {its: Spread.of(self._by_width[its]) for its in sorted(self._by_width)}


@dataclass(frozen=True, slots=True)
class Figures:
    """The outcome of a simulation; times in seconds.

    `clock` is how long it took on the simulated clock, `deciding` on a real one, placement alone.
    `utilisation` is that of all slots until the last decision. `unplaced` jobs could never start.
    """

    jobs: int
    decisions: int
    unplaced: int
    clock: float
    utilisation: float
    deciding: float
    rounds: Spread
    waits_by_priority: dict[int, Spread]
    waits_by_width: dict[int, Spread]

    @classmethod
    def of(cls, world: World, waits: Waits, effort: Effort, unplaced: int) -> Figures:
        """Of a world in which nothing more happens."""
        return cls(
            jobs=effort.jobs,
            decisions=effort.decisions,
            unplaced=unplaced,
            clock=world.now,
            utilisation=effort.utilisation,
            deciding=sum(effort.seconds),
            rounds=Spread.of(effort.seconds),
            waits_by_priority=waits.by_priority(),
            waits_by_width=waits.by_width(),
        )

    @property
    def jobs_per_second(self) -> float:
        """Jobs placed in a second of deciding."""
        return self.jobs / self.deciding if self.deciding else 0.0

    @property
    def decisions_per_second(self) -> float:
        """Leases and chunks placed in a second of deciding."""
        return self.decisions / self.deciding if self.deciding else 0.0

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "jobs": self.jobs,
            "decisions": self.decisions,
            "unplaced": self.unplaced,
            "clock_seconds": self.clock,
            "utilisation": self.utilisation,
            "deciding_seconds": self.deciding,
            "jobs_per_second_of_deciding": self.jobs_per_second,
            "decisions_per_second_of_deciding": self.decisions_per_second,
            "round_seconds": self.rounds.as_dict(),
            "wait_by_priority": _table(self.waits_by_priority),
            "wait_by_width": _table(self.waits_by_width),
        }


def _table(spreads: dict[int, Spread]) -> dict[str, dict[str, float]]:
    return {str(key): spread.as_dict() for key, spread in spreads.items()}
