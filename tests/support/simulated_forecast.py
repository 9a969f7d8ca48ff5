"""When a waiting job will start: placement itself, played forward on a simulated clock.

Too slow to answer people with; what they are told (`scheduling.explaining.waits.rehearsal`) is held
against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from statistics import median

from executors.states import ExecutionKind
from scheduling.batching import BatchLimits, Durations, work_key
from scheduling.placement import (
    Capacity,
    LiveLease,
    Policy,
    QueuedJob,
    Reservation,
    effective_priority,
)
from scheduling.simulation.backlog import Backlog
from scheduling.simulation.jobs import SimulatedJob
from scheduling.simulation.leases import FanOutState, RunningLease
from scheduling.simulation.rounds import Rounds
from scheduling.simulation.world import World

MOST_DECISIONS = 20_000
MOST_LOOKS = 200_000
"""A forecast simulates so many decisions, and so many looks at an executor; after that it goes by
the rate seen."""
COARSENESS = 0.02
"""Rounds are so much of a lease's length apart: a slot stays idle for no more than that."""


class Basis(StrEnum):
    """What a forecast rests on."""

    SIMULATED = "simulated"
    """Placement was simulated until the job started."""
    EXTRAPOLATED = "extrapolated"
    """Placement was simulated for a while; after that, the queue is taken to move on as fast."""
    NEVER = "never"
    """With these executors, and if nothing else comes or ends, it never starts."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """When a job starts: in `start_in` seconds from now, None for never.

    `ahead` jobs start before it or with it. `guessed` names the work (keys of `Durations`) of
    which nobody knows how long it takes.
    """

    start_in: float | None
    basis: Basis
    ahead: int = 0
    guessed: tuple[str, ...] = ()


class RealWorld(World):
    """A simulated world that begins with what goes on already."""

    lasted = 0.0

    def adopt(self, executor_id: str, live: LiveLease, seconds: float) -> None:
        """A lease that was live before the clock began ends in `seconds`."""
        lease = RunningLease(live.work, live.slots, live.elapsed, live.size, seconds=(seconds,))
        host = next(host for host in self.capacity if host.executor_id == executor_id)
        self._hand_out(host, lease)
        if lease.begun is not None:
            lease.begun -= live.elapsed

    def resume(self, job: SimulatedJob) -> None:
        """A job was split, or is to be combined, before the clock began; its `parts` wait."""
        count = len(job.parts)
        self.under_way[job.id] = FanOutState(job, count, self._runtime(job, 1, count), count)

    def mean_lease(self) -> float:
        """Seconds that a lease takes, of all that have begun."""
        return self.lasted / self._count if self._count else 0.0

    def _begin(self, lease: RunningLease, time: float) -> None:
        super()._begin(lease, time)
        self.lasted += sum(lease.seconds)


def forecast(
    queued: Iterable[QueuedJob],
    capacity: Sequence[Capacity],
    durations: Durations,
    limits: BatchLimits,
    policy: Policy,
    reserved: Mapping[str, Reservation],
    job_id: str,
    *,
    beyond: int = 0,
) -> Forecast:
    """Plays placement forward from the state given until the job starts; nothing new arrives.

    `job_id` is one of `queued`; `beyond` more jobs are ahead of it that are not listed there. The
    work is bounded, however long the queue.
    """
    guesses = Guesses(durations)
    queue = [_simulated(job) for job in sorted(queued, key=lambda job: -job.age)]
    wanted = next(job for job in queue if job.id == job_id)
    ahead = _ahead(queue, wanted, policy)
    world = RealWorld([replace(its, leases=[]) for its in capacity], guesses.of_job)
    for executor in capacity:
        for lease in executor.leases:
            world.adopt(executor.executor_id, lease, guesses.left(lease))
    backlog = Backlog(policy)
    for job in queue:
        if job.kind is ExecutionKind.WHOLE:
            backlog.add(job)
        else:
            world.resume(job)
    rounds = Rounds(world, backlog, durations, limits, policy, reserved, learning=False)
    _play(world, rounds, wanted)
    passed = sum(job.gone for job in ahead)
    lacking = len(ahead) - passed + beyond
    guessed = tuple(sorted(guesses.unknown))
    if wanted.started >= 0 and not beyond:
        return Forecast(wanted.started, Basis.SIMULATED, passed, guessed)
    time = wanted.started if wanted.started >= 0 else world.now
    rate = rounds.later / time if time else 0.0
    if not rate or (wanted.started < 0 and world.next_end() is None):
        return Forecast(None, Basis.NEVER, passed + lacking, guessed)
    return Forecast(time + lacking / rate, Basis.EXTRAPOLATED, passed + lacking, guessed)


def _play(world: RealWorld, rounds: Rounds, wanted: SimulatedJob) -> None:
    """Until the job has started, nothing can happen any more, or it has been enough work."""
    looks = 0
    rounds.next()
    while wanted.started < 0 and rounds.effort.decisions < MOST_DECISIONS and looks < MOST_LOOKS:
        soonest = world.next_end()
        if soonest is None:
            return
        world.advance(max(soonest, world.now + COARSENESS * world.mean_lease()))
        rounds.next()
        looks += len(world.capacity)


def _ahead(
    queue: Sequence[SimulatedJob], wanted: SimulatedJob, policy: Policy
) -> list[SimulatedJob]:
    """Who is served before the job now."""

    def turn(job: SimulatedJob) -> tuple[float, float, str]:
        return -effective_priority(job, policy.aging_interval), -job.age, job.id

    its = turn(wanted)
    return [job for job in queue if turn(job) < its]


_FIELDS = [its.name for its in fields(QueuedJob)]


def _simulated(job: QueuedJob) -> SimulatedJob:
    given = {name: getattr(job, name) for name in _FIELDS}
    return SimulatedJob(**given, arrived=-job.age)


UNKNOWN = 1.0
"""Seconds that work is taken to last where nothing is known at all."""
OVERDUE = 0.1
"""What lasts longer than expected is taken to last so much of its duration still."""


class Guesses:
    """`unknown` collects the work of which the duration had to be guessed."""

    def __init__(self, durations: Durations) -> None:
        self.unknown: set[str] = set()
        self._durations = durations
        known = durations.known.values()
        self._typical = median(known) if known else UNKNOWN

    def of_job(self, job: SimulatedJob, slots: int, chunks: int) -> float:
        """Seconds that the job takes on so many slots; that a chunk takes, if it has several."""
        kind = job.kind
        if kind is ExecutionKind.WHOLE and chunks > 1:
            kind = ExecutionKind.CHUNK
        key = work_key(job.type, kind, slots if kind is ExecutionKind.WHOLE else 1)
        seconds = self._durations.get(key)
        if seconds is None:
            self.unknown.add(key)
            whole = self._durations.get(job.type)
            seconds = self._typical if whole is None else whole / max(slots, chunks)
        return seconds if job.timeout is None else min(seconds, job.timeout)

    def left(self, lease: LiveLease) -> float:
        """Seconds that a live lease still takes."""
        seconds = self._durations.get(lease.work)
        if seconds is None:
            self.unknown.add(lease.work)
            seconds = self._typical
        total = seconds * lease.size
        return max(total - lease.elapsed, total * OVERDUE)
