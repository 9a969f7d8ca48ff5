"""Short jobs that name a strategy: each has a turn, and those of one executor share leases."""

from __future__ import annotations

from scheduling.batching import BatchLimits, batch_size
from scheduling.placement.balancing import Balancer
from scheduling.placement.demand import Demand
from scheduling.placement.lines import Line
from scheduling.placement.model import Balance, Placement, QueuedJob, Reason
from scheduling.placement.room import Room

FEW = 32
"""Executors among which each job is chosen for by itself; of more, several share a choice, which
costs as much as there are executors."""


class Dealer:
    """Deals the jobs of a line out as its strategy says, into leases that grow meanwhile."""

    def __init__(self, balancer: Balancer, limits: BatchLimits) -> None:
        self._balancer = balancer
        self._limits = limits
        self._begun: dict[Line, dict[Room, _Growing]] = {}

    def deal(self, line: Line, demand: Demand, balance: Balance) -> Placement | Reason | None:
        """Serves the head of the line: the new lease, if it begins one; or why it waits."""
        begun = self._begun.setdefault(line, {})
        room = self._balancer.choose(demand, balance, line.head().age, begun)
        if isinstance(room, Reason):
            return room
        lease = begun.get(room)
        made = None
        if lease is None:
            lease, made = self._begin(line, demand, room)
        count = min(-(-len(demand.pool.members) // FEW), lease.space, line.waiting())
        lease.jobs += line.take(count)
        lease.space -= count
        if lease.space:
            begun[room] = lease
        else:
            begun.pop(room, None)
        return made

    def _begin(self, line: Line, demand: Demand, room: Room) -> tuple[_Growing, Placement]:
        size = 1
        if not room.remote:
            size = batch_size(demand.seconds, line.waiting(), demand.pool.rooms, self._limits)
        room.take(1, demand.lasts, demand.short)
        lease = _Growing(size)
        return lease, Placement(room.executor, lease.jobs)


class _Growing:
    """A lease with `space` for more jobs."""

    __slots__ = ("jobs", "space")

    def __init__(self, space: int) -> None:
        self.jobs: list[QueuedJob] = []
        self.space = space
