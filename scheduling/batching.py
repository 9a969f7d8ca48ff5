"""How many jobs make a lease. Pure: no Django, no I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from executors.states import ExecutionKind

NEWS_WEIGHT = 20
"""So many executions weigh as much as all that was known before."""
LEAST_WEIGHT = 0.2


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """A lease of short jobs lasts about `seconds`, and has at most `jobs`."""

    seconds: float = 0.05
    jobs: int = 200


def largest_batch(duration: float | None, limits: BatchLimits) -> int:
    """The most jobs in a lease of a type that takes `duration` seconds a job (None: unknown)."""
    if duration is None:
        return 1
    return max(1, min(int(limits.seconds / max(duration, 1e-9)), limits.jobs))


def batch_size(duration: float | None, waiting: int, rooms: int, limits: BatchLimits) -> int:
    """Jobs for the next lease of a type that takes `duration` seconds a job (None: unknown).

    `waiting` jobs of the type share `rooms` free places: while there is a place for each, each
    gets its own.
    """
    fair_share = -(-waiting // max(rooms, 1))
    return max(1, min(largest_batch(duration, limits), fair_share))


@dataclass
class Durations:
    """What is known of how long one job of each type takes, in seconds."""

    known: dict[str, float] = field(default_factory=dict)

    def learn(self, news: Iterable[tuple[str, float, int]]) -> None:
        """Takes in `(type, seconds in all, executions)`: a moving average, fast at first."""
        for job_type, seconds, executions in news:
            if executions < 1:
                continue
            mean = seconds / executions
            weight = max(LEAST_WEIGHT, executions / (executions + NEWS_WEIGHT))
            old = self.known.get(job_type, mean)
            self.known[job_type] = old + weight * (mean - old)

    def get(self, job_type: str) -> float | None:
        """Seconds that one job of this type takes, None if none has run yet."""
        return self.known.get(job_type)

    def is_short(self, job_type: str, limits: BatchLimits) -> bool:
        """Whether a lease of this type is over in a moment."""
        duration = self.known.get(job_type)
        return duration is not None and duration < limits.seconds

    def short_works(self, limits: BatchLimits) -> frozenset[str]:
        """All keys of which a lease is over in a moment."""
        return frozenset(key for key, seconds in self.known.items() if seconds < limits.seconds)


def work_key(job_type: str, kind: ExecutionKind, slots: int) -> str:
    """The key of `Durations` for an execution: how long one lasts depends on all three."""
    if kind != ExecutionKind.WHOLE:
        return f"{job_type}:{kind}"
    return job_type if slots == 1 else f"{job_type}/{slots}"
