"""The queue of a simulated world, read as the dispatcher reads its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

from scheduling.placement import Policy, QueuedJob
from scheduling.placement.reservations import AT_ONCE
from scheduling.simulation.jobs import SimulatedJob
from scheduling.simulation.leases import FanOutState

_Class = tuple[str, int, tuple[tuple[str, str], ...]]


class Backlog:
    """Queued jobs by placement class and priority, each line oldest first."""

    def __init__(self, policy: Policy) -> None:
        self.size = 0
        self.wide = 0
        self._aging = policy.aging_interval
        self._classes: dict[_Class, dict[int, deque[SimulatedJob]]] = {}

    def add(self, job: SimulatedJob) -> None:
        """It must not be older than those already there."""
        key = (job.type, job.thread_demand, job.requires)
        lines = self._classes.setdefault(key, {})
        lines.setdefault(job.priority, deque()).append(job)
        self.size += 1
        self.wide += job.thread_demand > 1

    def types(self) -> set[str]:
        """Of all jobs that were ever here."""
        return {job_type for job_type, _, _ in self._classes}

    def left(self, jobs: Iterable[QueuedJob]) -> None:
        """Those were placed."""
        for job in jobs:
            self.size -= 1
            self.wide -= job.thread_demand > 1

    def candidates(self, now: float, wanted: Mapping[str, int]) -> list[QueuedJob]:
        """The first `wanted[type]` of each class at least, by effective priority and age.

        What it costs depends on how many are wanted, never on how many there are.
        """
        found: list[QueuedJob] = []
        for (job_type, width, _), lines in self._classes.items():
            count = wanted.get(job_type, 0)
            if width > 1:
                count = count // width + AT_ONCE
            if count:
                found += self._first(lines, now, count)
        return found

    def _first(
        self, lines: dict[int, deque[SimulatedJob]], now: float, wanted: int
    ) -> Iterator[SimulatedJob]:
        found, least = 0, 0
        for priority in sorted(lines, reverse=True):
            line = lines[priority]
            while line and line[0].gone:
                line.popleft()
            if not line:
                continue
            head = line[0]
            age = now - head.arrived
            # All that were found go before this line.
            if found >= wanted and priority + int(age / self._aging) < least:
                continue
            taken = 0
            for job in line:
                if not job.gone:
                    job.age = now - job.arrived
                    yield job
                    taken += 1
                    if taken == wanted:
                        break
            level = priority + int(job.age / self._aging)
            least = min(least, level) if found else level
            found += taken


def parts(under_way: Iterable[FanOutState], now: float, most: int) -> list[QueuedJob]:
    """Jobs under way with those of their chunks that may be placed, no more than `most` of all."""
    found: list[QueuedJob] = []
    for state in under_way:
        count = min(state.placeable(), most)
        if count > 0:
            job = state.job
            job.age = now - job.arrived
            job.parts = tuple(map(str, range(count)))
            found.append(job)
            most -= count
        if most <= 0:
            break
    return found
