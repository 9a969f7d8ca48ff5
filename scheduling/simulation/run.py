"""A simulation from the first arrival to the last end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from scheduling.batching import BatchLimits, Durations
from scheduling.placement import Capacity, Policy
from scheduling.simulation.backlog import Backlog
from scheduling.simulation.figures import Figures, Waits
from scheduling.simulation.jobs import SimulatedJob
from scheduling.simulation.rounds import Rounds
from scheduling.simulation.world import World


@dataclass(frozen=True, slots=True)
class Rules:
    """How the simulated platform works. Rounds are at least `round_every` seconds apart."""

    policy: Policy = field(default_factory=Policy)
    limits: BatchLimits = field(default_factory=BatchLimits)
    round_every: float = 0.05


def simulate(
    arrivals: Iterable[SimulatedJob],
    capacity: Sequence[Capacity],
    rules: Rules | None = None,
    tell: Callable[[int], None] = lambda _: None,
) -> Figures:
    """Runs the jobs, which must come in the order in which they arrive, on idle executors.

    `tell` is told after each round how many jobs have been placed.
    """
    rules = rules or Rules()
    world, backlog, waits = World(capacity), Backlog(rules.policy), Waits()
    rounds = Rounds(world, backlog, Durations(), rules.limits, rules.policy)
    coming = iter(arrivals)
    arriving = next(coming, None)
    moment = 0.0
    while True:
        soonest = _earlier(arriving.arrived if arriving else None, world.next_end())
        if soonest is None:
            break
        moment = max(moment, soonest)
        world.advance(moment)
        while arriving and arriving.arrived <= moment:
            backlog.add(arriving)
            arriving = next(coming, None)
        rounds.next()
        waits.add(world.begun)
        world.begun.clear()
        world.ended.clear()
        tell(rounds.effort.jobs)
        moment += rules.round_every
    return Figures.of(world, waits, rounds.effort, backlog.size)


def _earlier(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)
