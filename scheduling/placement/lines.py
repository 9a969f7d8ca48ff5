"""The order in which queued jobs are served."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
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

    Once the line is `stuck`, none of them can start; `passed` counts the executors kept for wide
    jobs that have nothing for it.
    """

    __slots__ = ("_jobs", "_served", "demand", "passed", "stuck")

    def __init__(self, demand: Demand | Reason) -> None:
        self.demand = demand
        self.stuck = False
        self.passed = 0
        self._jobs: list[QueuedJob] = []
        self._served = 0

    @property
    def its(self) -> Demand:
        """The demand of a line that could ever be served."""
        assert isinstance(self.demand, Demand)
        return self.demand

    def add(self, job: QueuedJob) -> None:
        """At the end; `sort` comes later."""
        self._jobs.append(job)

    def sort(self) -> None:
        """By age, then id. What is read in order needs next to no time."""
        self._jobs.sort(key=_id)
        self._jobs.sort(key=_age, reverse=True)

    def __len__(self) -> int:
        return len(self._jobs) - self._served

    def head(self) -> QueuedJob:
        """Whose turn it is."""
        return self._jobs[self._served]

    def take(self, count: int) -> Sequence[QueuedJob]:
        """Serves the next ones."""
        start = self._served
        self._served = start + count
        return self._jobs[start : self._served]

    def pull(self, ids: Container[str]) -> Sequence[QueuedJob]:
        """Takes certain jobs out of the line before it is served."""
        pulled = [job for job in self._jobs if job.id in ids]
        if pulled:
            self._jobs = [job for job in self._jobs if job.id not in ids]
        return pulled

    def rest(self) -> Sequence[QueuedJob]:
        """Those not served."""
        return self._jobs[self._served :]


def levels(
    queued: Iterable[QueuedJob],
    aging_interval: float,
    assess: Callable[[QueuedJob], Demand | Reason],
) -> list[list[Line]]:
    """The lines of each effective priority, the highest first."""
    demands: dict[tuple[object, ...], Demand | Reason] = {}
    found: dict[int, dict[tuple[object, ...], Line]] = {}
    for job in queued:
        key = alike(job)
        level = found.setdefault(effective_priority(job, aging_interval), {})
        line = level.get(key)
        if line is None:
            if key not in demands:
                demands[key] = assess(job)
            line = level[key] = Line(demands[key])
        line.add(job)
    return [list(found[priority].values()) for priority in sorted(found, reverse=True)]
