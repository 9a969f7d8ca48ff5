"""How many candidates are read of each type: what a round could place. Pure: no Django, no I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from scheduling import placement
from scheduling.batching import BatchLimits, Durations, largest_batch
from scheduling.placement import Capacity


def wanted(
    capacity: Sequence[Capacity], durations: Durations, limits: BatchLimits
) -> dict[str, int]:
    """Jobs by type: all that the executors which have the type can take at once."""
    rooms: Counter[str] = Counter()
    for executor in capacity:
        for short in (True, False):
            room = placement.rooms(executor, short=short, durations=durations, limits=limits)
            for job_type in executor.types if room else ():
                if durations.is_short(job_type, limits) is short:
                    rooms[job_type] += room
    return {
        job_type: room * largest_batch(durations.get(job_type), limits)
        for job_type, room in rooms.items()
    }
