"""Which queued jobs come before another one. Pure: no Django, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scheduling.explaining.waits import suiting
from scheduling.placement import Capacity, QueuedJob, effective_priority


@dataclass(frozen=True, slots=True)
class Bound:
    """Jobs of this priority come first if they are at least so old, in seconds.

    None as the age: if they are older than the job itself, or equally old with a lower id.
    """

    priority: int
    age: float | None


def bounds(job: QueuedJob, aging_interval: float) -> list[Bound]:
    """For each priority, who comes before the job: age raises priorities step by step."""
    own = effective_priority(job, aging_interval)
    found = []
    for priority in range(10):
        if priority == job.priority:
            found.append(Bound(priority, None))
        else:
            # From below it takes as many steps as reach the same level, since whoever makes
            # them is older; from above, one more.
            steps = own - priority + (priority > job.priority)
            found.append(Bound(priority, max(steps, 0) * aging_interval))
    return found


def order(job: QueuedJob, aging_interval: float) -> tuple[int, float, str]:
    """Sorts jobs as placement serves them."""
    return -effective_priority(job, aging_interval), -job.age, job.id


@dataclass(frozen=True, slots=True)
class PlacementClass:
    """Queued jobs that are alike to placement: one of them stands for all."""

    name: str
    type: str
    requires: tuple[tuple[str, str], ...]
    wide: bool = False


def rivals(
    classes: Iterable[PlacementClass], job: QueuedJob, capacity: Sequence[Capacity]
) -> list[str]:
    """Names of the classes whose jobs can run where this one can."""
    places = [its for its in capacity if suiting.suits(its, job)]
    return [
        one.name
        for one in classes
        if any(one.type in its.types and set(one.requires) <= its.labels.items() for its in places)
    ]
