"""What runs in a simulated world."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from scheduling.placement import Capacity, LiveLease
from scheduling.simulation.jobs import SimulatedJob


@dataclass(slots=True, eq=False)
class RunningLease(LiveLease):
    """A lease in the hands of a host: whole jobs one after another, or a chunk of one.

    `seconds` says how long each takes, one after another from `begun`, a time on the clock.
    """

    host: Host | None = None
    jobs: Sequence[SimulatedJob] = ()
    seconds: Sequence[float] = ()
    chunk_of: FanOutState | None = None
    begun: float | None = None
    position: int = 0


@dataclass(slots=True, eq=False)
class Host(Capacity):
    """An executor: slots in use, and leases handed out ahead, in the order in which they begin.

    It keeps count of what it has, so that a round need not look at every lease.
    """

    busy: int = 0
    ahead: deque[RunningLease] = field(default_factory=deque)
    _taken: int = 0
    _wide: int = 0
    _works: dict[str, int] = field(default_factory=dict)

    @classmethod
    def idle(cls, its: Capacity) -> Host:
        """An executor like that one, with nothing to do."""
        return cls(its.executor_id, its.executor, its.slots, its.types, its.labels)

    def in_use(self, brief: frozenset[str]) -> tuple[int, int, bool]:
        """As `Capacity` has it."""
        short = sum(self._works.get(work, 0) for work in brief)
        return self._taken, short, self._wide > 0

    def add(self, lease: RunningLease) -> bool:
        """Whether the lease begins at once; if not, it waits for a slot."""
        lease.position = len(self.leases)
        self.leases.append(lease)
        self._count(lease, 1)
        if self.busy + lease.slots > self.slots:
            self.ahead.append(lease)
            return False
        self.busy += lease.slots
        return True

    def _count(self, lease: RunningLease, sign: int) -> None:
        self._taken += lease.slots * sign
        self._works[lease.work] = self._works.get(lease.work, 0) + sign
        if lease.slots > 1:
            self._wide += sign

    def remove(self, lease: RunningLease) -> RunningLease | None:
        """Ends a lease; which one begins in its place."""
        last = self.leases.pop()
        if last is not lease:
            assert isinstance(last, RunningLease)
            self.leases[lease.position] = last
            last.position = lease.position
        self._count(lease, -1)
        self.busy -= lease.slots
        if self.ahead and self.busy + self.ahead[0].slots <= self.slots:
            following = self.ahead.popleft()
            self.busy += following.slots
            return following
        return None


@dataclass(slots=True, eq=False)
class FanOutState:
    """A job split into chunks: those that wait, those that run, and how many may run at once."""

    job: SimulatedJob
    width: int
    seconds: float
    waiting: int
    running: int = 0

    def placeable(self) -> int:
        """Chunks that may be placed now."""
        return min(self.waiting, self.width - self.running)
