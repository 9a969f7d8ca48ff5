"""Jobs that name a strategy: it chooses their executor, of those that could run them."""

from __future__ import annotations

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

    def choose(self, demand: Demand, balance: Balance, age: float) -> Room | Reason:
        """The executor that a job of this age goes to now; or why it waits."""
        if not demand.pool.usable(demand.lasts) and not (demand.short and demand.pool.rooms):
            return explain(demand)
        if self._looked_at > LOOKED_AT_MOST:
            self.exhausted = True
            return explain(demand)
        self._looked_at += len(demand.pool.members)
        rooms = {room.executor.executor: room for room in demand.pool.members}
        candidates = [
            _candidate(rooms[name].executor, free, balance) for name, free in _free(demand).items()
        ]
        state = self.moved.get(balance.of) or self._memory.states.get(balance.of, {})
        ask = Ask(balance.subject, balance.key, age, self._patience, self._memory.now)
        choice = STRATEGIES[balance.strategy](candidates, state, ask)
        if choice.awaited:
            return Reason(Obstacle.PREFERRED, demand.width, awaited=choice.awaited.name)
        if not choice.chosen:
            return explain(demand)
        if choice.state:
            self.moved[balance.of] = choice.state
        return rooms[choice.chosen[0].name]


def everybody(pool: Pool, balance: Balance) -> list[Capacity]:
    """The executors that a broadcast goes to, in the order of its shards."""
    executors = {room.executor.executor: room.executor for room in pool.members}
    candidates = [_candidate(its, 1, balance) for its in executors.values()]
    choice = STRATEGIES[balance.strategy](candidates, {}, Ask(balance.subject))
    return [executors[its.name] for its in choice.chosen]


def _free(demand: Demand) -> dict[str, int]:
    """Jobs that each executor could start now; or soon, if none could now and they are short."""
    rooms = demand.pool.members
    found = {its.executor.executor: its.usable(demand.lasts) // demand.width for its in rooms}
    if demand.short and not any(found.values()):
        return {its.executor.executor: 0 if its.kept else its.rooms for its in rooms}
    return found


def _candidate(executor: Capacity, free: int, balance: Balance) -> Candidate:
    link = executor.links.get(balance.subject.removeprefix("task:"))
    weight, priority = executor.weight, 0
    if link:
        weight, priority = link.weight or weight, link.priority
    return Candidate(executor.executor, free, max(weight, 1), priority)
