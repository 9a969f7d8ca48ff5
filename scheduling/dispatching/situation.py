"""What a round decides by: who has room, who waits, and what strategies remember."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jobs.sql import Cursor
from scheduling.batching import BatchLimits, Durations
from scheduling.dispatching.candidates import read_candidates
from scheduling.dispatching.capacity import read_capacity
from scheduling.dispatching.links import add_links, tasks_of
from scheduling.dispatching.memory import recall
from scheduling.dispatching.parts import read_parts
from scheduling.dispatching.shunning import shun
from scheduling.dispatching.wanted import how_many
from scheduling.placement import Capacity, Memory, QueuedJob


@dataclass(frozen=True, slots=True)
class Situation:
    """At one moment. `wanted` are how many jobs of a type were asked for of each class."""

    capacity: Sequence[Capacity] = ()
    wanted: Mapping[str, int] = field(default_factory=dict)
    queued: Sequence[QueuedJob] = ()
    parts: Sequence[QueuedJob] = ()
    memory: Memory = field(default_factory=Memory)

    @property
    def may_be_more(self) -> bool:
        """Whether as many jobs of a type were found as were asked for: there may be others."""
        found = Counter(job.type for job in self.queued)
        return any(found[name] >= limit for name, limit in self.wanted.items())


def read_situation(
    cursor: Cursor,
    durations: Durations,
    limits: BatchLimits,
    silence: float,
    also: Sequence[QueuedJob] = (),
) -> Situation:
    """As it is now. `silence` is as in `read_capacity`.

    What decides about the jobs in `also` is read too, whether they wait or not.
    """
    capacity, parts_wait = read_capacity(cursor, silence)
    wanted = how_many(capacity, durations, limits)
    queued = read_candidates(cursor, wanted)
    parts = read_parts(cursor) if parts_wait else []
    jobs = [*also, *queued, *parts]
    shun(cursor, jobs, capacity)
    add_links(cursor, capacity, tasks_of(jobs))
    return Situation(capacity, wanted, queued, parts, recall(cursor, jobs))
