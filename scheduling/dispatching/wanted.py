"""How many candidates are read of each type: what a round could place. Pure: no Django, no I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from executors.states import Protocol
from scheduling import placement
from scheduling.batching import BatchLimits, Durations, largest_batch
from scheduling.placement import Capacity


def how_many(
    capacity: Sequence[Capacity], durations: Durations, limits: BatchLimits
) -> dict[str, int]:
    """Jobs by type: all that the executors which have the type can take at once."""
    jobs: Counter[str] = Counter()
    for executor in capacity:
        for short in (True, False):
            room = placement.rooms(executor, short=short, durations=durations, limits=limits)
            for job_type in executor.types if room else ():
                if durations.is_short(job_type, limits) is short:
                    jobs[job_type] += room * _batch(executor, durations.get(job_type), limits)
    return dict(jobs)


def _batch(executor: Capacity, duration: float | None, limits: BatchLimits) -> int:
    """The most jobs of a type in one lease; HTTP executors are asked for each."""
    remote = executor.protocol is not Protocol.CELERY
    return 1 if remote else largest_batch(duration, limits)
