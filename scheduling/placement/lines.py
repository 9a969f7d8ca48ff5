"""The order in which queued jobs are served."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from math import inf
from operator import attrgetter

from scheduling.placement.demand import Demand, alike
from scheduling.placement.model import QueuedJob, Reason

_id = attrgetter("id")
_age = attrgetter("age")


def effective_priority(job: QueuedJob, aging_interval: float) -> int:
    """The priority raised by one for each interval (seconds) that the job has waited."""
    return job.priority + int(job.age / aging_interval)


class Line:
    """Jobs alike and of the same effective priority, which are served oldest first.

    `its` is the demand of those that could ever be served, else there is none.
    `skip` counts turns that are used up, since earlier ones served more than one job; for good,
    once none of the line can start. `passed` counts the executors kept for wide jobs that have
    nothing for it; `stuck` says why none of its wide jobs can start, once that is so.
    """

    __slots__ = ("_served", "demand", "its", "jobs", "passed", "skip", "stuck")

    def __init__(self, demand: Demand | Reason) -> None:
        self.demand = demand
        if isinstance(demand, Demand):
            self.its = demand
        self.jobs: list[QueuedJob] = []
        self.skip = 0.0
        self.passed = 0
        self.stuck: Reason | None = None
        self._served = 0

    def waiting(self) -> int:
        """Jobs not served."""
        return len(self.jobs) - self._served

    def head(self) -> QueuedJob:
        """Whose turn it is."""
        return self.jobs[self._served]

    def take(self, count: int) -> Sequence[QueuedJob]:
        """Serves the next ones."""
        start = self._served
        self._served = start + count
        self.skip = count - 1
        return self.jobs[start : self._served]

    def close(self) -> Sequence[QueuedJob]:
        """Those not served, who will not be."""
        self.skip = inf
        return self.jobs[self._served :]


class Level:
    """The lines of one effective priority.

    `turns` names the line of each job, the oldest job first. `holders`, oldest first too, hold
    a reservation and stand in no line but have the demand of one.
    """

    __slots__ = ("holders", "lines", "turns")

    def __init__(self) -> None:
        self.lines: dict[tuple[object, ...], Line] = {}
        self.turns: list[Line] = []
        self.holders: list[tuple[QueuedJob, Line]] = []


def levels(
    queued: Iterable[QueuedJob],
    aging_interval: float,
    assess: Callable[[QueuedJob], Demand | Reason],
    reserved: Collection[str],
) -> list[Level]:
    """Jobs by effective priority, the highest first; `reserved` are those with a reservation."""
    demands: dict[tuple[object, ...], Demand | Reason] = {}
    found: dict[int, Level] = {}
    jobs = list(queued)
    # Ids decide between those of the same age alone; mostly there are none.
    if len(set(map(_age, jobs))) < len(jobs):
        jobs.sort(key=_id)
    jobs.sort(key=_age, reverse=True)
    for job in jobs:
        priority = job.priority + int(job.age / aging_interval)
        level = found.get(priority)
        if level is None:
            level = found[priority] = Level()
        key = alike(job)
        line = level.lines.get(key)
        if line is None:
            if key not in demands:
                demands[key] = assess(job)
            line = level.lines[key] = Line(demands[key])
        if reserved and job.id in reserved and _is_wide(line):
            level.holders.append((job, line))
        else:
            line.jobs.append(job)
            level.turns.append(line)
    return [found[priority] for priority in sorted(found, reverse=True)]


def _is_wide(line: Line) -> bool:
    return isinstance(line.demand, Demand) and line.demand.width > 1
