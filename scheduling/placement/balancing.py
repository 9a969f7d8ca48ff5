"""Jobs that name a strategy: it chooses their executor, of those that could run them."""

from __future__ import annotations

from collections.abc import Collection
from math import inf

from executors.balancing.registry import STRATEGIES
from executors.balancing.strategy import Ask, Candidate, State
from scheduling.placement.demand import Demand
from scheduling.placement.fleet import Pool
from scheduling.placement.model import Balance, Capacity, Memory, Obstacle, Reason, Subject
from scheduling.placement.obstacles import explain
from scheduling.placement.room import Room

LOOKED_AT_MOST = 200_000
"""Candidates that a plan looks at in all: who chooses among a thousand must end in time too."""


class Balancer:
    """What strategies remember while a plan is made; it moves with each choice."""

    def __init__(self, memory: Memory, patience: float) -> None:
        self.moved: dict[Subject, State] = {}
        self.exhausted = False
        self._memory = memory
        self._patience = patience
        self._looked_at = 0
        self._candidates: dict[int, list[tuple[Room, Candidate]]] = {}

    def choose(
        self, demand: Demand, balance: Balance, age: float, begun: Collection[Room] = ()
    ) -> Room | Reason:
        """The executor that a job of this age goes to now; or why it waits.

        Leases that were `begun` in this plan have room for it too.
        """
        ahead = demand.short and demand.pool.rooms
        if not (demand.pool.usable(demand.lasts) or ahead or begun):
            return explain(demand)
        if self._looked_at > LOOKED_AT_MOST:
            self.exhausted = True
            return explain(demand)
        return self._choose(demand, balance, age, demand.width, begun)

    def gather(self, demand: Demand, balance: Balance, age: float) -> list[Room] | Reason:
        """Takes the slots for a job in chunks: all on one executor or each in a turn of its own."""
        if demand.together:
            found = self.choose(demand, balance, age)
            rooms = [] if isinstance(found, Reason) else [found] * demand.width
            for room in rooms:
                room.take(1, demand.lasts)
            return found if isinstance(found, Reason) else rooms
        if demand.pool.usable(demand.lasts) < demand.width:
            return explain(demand)
        return [self._take_one(demand, balance) for _ in range(demand.width)]

    def for_part(self, demand: Demand, balance: Balance) -> Room | None:
        """Takes a slot for one more part of a job under way, if there is one."""
        return self._take_one(demand, balance) if demand.pool.usable(demand.lasts) else None

    def _take_one(self, demand: Demand, balance: Balance) -> Room:
        # With no wait for a favourite: the others of the job run, or it could have started.
        room = self._choose(demand, balance, inf, 1)
        assert isinstance(room, Room), "There are fewer free slots than were counted."
        room.take(1, demand.lasts)
        return room

    def _choose(
        self,
        demand: Demand,
        balance: Balance,
        age: float,
        width: int,
        begun: Collection[Room] = (),
    ) -> Room | Reason:
        rooms = self._seen_by(demand, balance)
        self._looked_at += len(rooms)
        _count_free(demand, rooms, width, begun)
        state = self.moved.get(balance.of) or self._memory.states.get(balance.of, {})
        ask = Ask(balance.subject, balance.key, age, self._patience, self._memory.now)
        choice = STRATEGIES[balance.strategy]([its for _, its in rooms], state, ask)
        if choice.awaited:
            return Reason(Obstacle.PREFERRED, width, awaited=choice.awaited.name)
        if not choice.chosen:
            return explain(demand)
        if choice.state:
            self.moved[balance.of] = choice.state
        chosen = choice.chosen[0]
        return next(room for room, its in rooms if its is chosen)

    def _seen_by(self, demand: Demand, balance: Balance) -> list[tuple[Room, Candidate]]:
        """The executors as candidates, made once for all choices of the demand."""
        found = self._candidates.get(id(demand))
        if found is None:
            members = demand.pool.members
            found = [(room, _candidate(room.executor, balance)) for room in members]
            self._candidates[id(demand)] = found
        return found


def everybody(pool: Pool, balance: Balance) -> list[Capacity]:
    """The executors that a broadcast goes to, in the order of its shards."""
    executors = {room.executor.executor: room.executor for room in pool.members}
    candidates = [_candidate(its, balance) for its in executors.values()]
    choice = STRATEGIES[balance.strategy](candidates, {}, Ask(balance.subject))
    return [executors[its.name] for its in choice.chosen]


def _count_free(
    demand: Demand,
    rooms: Collection[tuple[Room, Candidate]],
    width: int,
    begun: Collection[Room],
) -> None:
    """Jobs that each could start now; or soon, if none could now and they are short."""
    lasts, shunned = demand.lasts, demand.pool.shunned
    some = False
    for room, its in rooms:
        its.free = room.usable(lasts) // width
        if room in begun:
            its.free += 1
        if shunned and room.executor.executor_id in shunned:
            its.free = 0
        some = some or its.free > 0
    if demand.short and not some:
        for room, its in rooms:
            its.free = 0 if room.kept else room.rooms


def _candidate(executor: Capacity, balance: Balance) -> Candidate:
    link = executor.links.get(balance.subject.removeprefix("task:"))
    weight, priority = executor.weight, 0
    if link:
        weight, priority = link.weight or weight, link.priority
    return Candidate(executor.executor, 1, max(weight, 1), priority)
