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
class Host:
    """An executor: slots in use, and leases handed out ahead, in the order in which they begin."""

    capacity: Capacity
    busy: int = 0
    ahead: deque[RunningLease] = field(default_factory=deque)

    def add(self, lease: RunningLease) -> bool:
        """Whether the lease begins at once; if not, it waits for a slot."""
        leases = self.capacity.leases
        lease.position = len(leases)
        leases.append(lease)
        if self.busy + lease.slots > self.capacity.slots:
            self.ahead.append(lease)
            return False
        self.busy += lease.slots
        return True

    def remove(self, lease: RunningLease) -> RunningLease | None:
        """Ends a lease; which one begins in its place."""
        leases = self.capacity.leases
        last = leases.pop()
        if last is not lease:
            assert isinstance(last, RunningLease)
            leases[lease.position] = last
            last.position = lease.position
        self.busy -= lease.slots
        if self.ahead and self.busy + self.ahead[0].slots <= self.capacity.slots:
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
