"""Which queued job goes where. Pure: no Django, no I/O; the same input gives the same output."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scheduling.batching import BatchLimits, Durations, batch_size


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """A job that could run now. `age` is in seconds; an `alone` job shares no lease."""

    id: str
    type: str
    priority: int
    age: float
    thread_demand: int = 1
    alone: bool = False
    timeout: float | None = None


@dataclass(slots=True)
class Capacity:
    """What an executor has room for.

    `live` slots are taken by leases; `short_leases` of these leases are over in a moment, so
    that as many may be handed out ahead; a `wide` lease forbids that.
    """

    executor_id: str
    executor: str
    slots: int
    types: frozenset[str]
    live: int = 0
    short_leases: int = 0
    wide: bool = False

    def free(self) -> int:
        """Slots that nothing occupies."""
        return max(self.slots - self.live, 0)

    def rooms(self, *, short: bool) -> int:
        """Leases of one slot that it may be handed now."""
        ahead = min(self.short_leases, self.slots) if short and not self.wide else 0
        return max(self.slots + ahead - self.live, 0)

    def take(self, slots: int, *, short: bool) -> None:
        """Notes a lease handed out."""
        self.live += slots
        self.short_leases += short
        self.wide |= slots > 1


@dataclass(frozen=True, slots=True)
class Placement:
    """Jobs of one type for one executor, to be run one after another on `slots` slots."""

    executor: Capacity
    jobs: Sequence[QueuedJob]
    slots: int


def effective_priority(job: QueuedJob, aging_interval: float) -> int:
    """The priority raised by one for each interval (seconds) that the job has waited."""
    return job.priority + int(job.age / aging_interval)


def plan(
    queued: Iterable[QueuedJob],
    capacity: Sequence[Capacity],
    durations: Durations,
    limits: BatchLimits,
    aging_interval: float,
) -> list[Placement]:
    """Places jobs by effective priority, then age. `capacity` is used up as it goes."""
    jobs = sorted(
        queued, key=lambda job: (-effective_priority(job, aging_interval), -job.age, job.id)
    )
    lines = _lines(jobs, aging_interval)
    placements = []
    closed: set[tuple[object, ...]] = set()
    placed: set[str] = set()
    for job in jobs:
        key = _line_key(job, aging_interval)
        if job.id in placed or key in closed:
            continue
        slots = _slots_for(job, capacity)
        short = slots == 1 and not job.alone and durations.is_short(job.type, limits)
        executor = _roomiest(job.type, slots, capacity, short=short)
        if executor is None:
            closed.add(key)
            continue
        rooms = sum(c.rooms(short=short) for c in capacity if job.type in c.types)
        size = 1 if job.alone or slots > 1 else _size(job, lines[key], rooms, durations, limits)
        batch = [lines[key].popleft() for _ in range(size)]
        placed.update(taken.id for taken in batch)
        executor.take(slots, short=short)
        placements.append(Placement(executor, batch, slots))
    return placements


def _line_key(job: QueuedJob, aging_interval: float) -> tuple[object, ...]:
    return job.type, job.thread_demand, job.alone, effective_priority(job, aging_interval)


def _lines(
    jobs: Sequence[QueuedJob], aging_interval: float
) -> dict[tuple[object, ...], deque[QueuedJob]]:
    """Jobs that could share a lease, each line in the order in which it is served."""
    lines: dict[tuple[object, ...], deque[QueuedJob]] = defaultdict(deque)
    for job in jobs:
        lines[_line_key(job, aging_interval)].append(job)
    return lines


def _size(
    job: QueuedJob,
    line: Sequence[QueuedJob],
    rooms: int,
    durations: Durations,
    limits: BatchLimits,
) -> int:
    return min(batch_size(durations.get(job.type), len(line), rooms, limits), len(line))


def _slots_for(job: QueuedJob, capacity: Sequence[Capacity]) -> int:
    """Slots on one executor; a single one where none could ever meet the demand."""
    largest = max((c.slots for c in capacity if job.type in c.types), default=0)
    return job.thread_demand if job.thread_demand <= largest else 1


def _roomiest(
    job_type: str, slots: int, capacity: Sequence[Capacity], *, short: bool
) -> Capacity | None:
    """The executor with the most free slots, then the most room, that has the type; then by order.

    Free slots come first: a lease ahead of time would wait behind others while a slot is idle.
    """
    best, best_room = None, (0, 0)
    for candidate in capacity:
        if job_type not in candidate.types:
            continue
        rooms = candidate.rooms(short=short) if slots == 1 else candidate.free()
        room = (candidate.free(), rooms)
        if rooms >= slots and room > best_room:
            best, best_room = candidate, room
    return best
