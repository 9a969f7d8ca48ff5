"""Rounds of placement in a simulated world: what the dispatcher does, on a simulated clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from time import process_time

from scheduling.batching import BatchLimits, Durations, largest_batch
from scheduling.placement import Plan, Policy, Reservation, plan
from scheduling.simulation.backlog import Backlog, parts
from scheduling.simulation.world import World

LEARN_EVERY = 0.1
"""Seconds between looks at what has ended, as in the dispatcher."""


@dataclass(slots=True)
class Effort:
    """What the rounds cost and came to: decisions are leases handed out, chunks counted singly."""

    jobs: int = 0
    decisions: int = 0
    utilisation: float = 0.0
    """Share of the slots' time that was used until the last decision."""
    seconds: list[float] = field(default_factory=list)
    """That each round spent on placement alone."""


class Rounds:
    """Plans and hands out; learns durations if `learning`.

    `later` counts jobs placed when the clock had begun to move: what had to wait for a slot.
    """

    def __init__(
        self,
        world: World,
        backlog: Backlog,
        durations: Durations,
        limits: BatchLimits,
        policy: Policy,
        reserved: Mapping[str, Reservation] | None = None,
        *,
        learning: bool = True,
        watch: Callable[[], float] = process_time,
    ) -> None:
        self.effort = Effort()
        self.later = 0
        self._world = world
        self._backlog = backlog
        self._durations = durations
        self._limits = limits
        self._policy = policy
        self._reserved: Mapping[str, Reservation] = reserved or {}
        self._learning = learning
        self._learn_at = 0.0
        self._watch = watch

    def next(self) -> int:
        """One round, now; how many decisions were made."""
        world, backlog = self._world, self._backlog
        self._learn()
        wanted = self._wanted()
        if not wanted and not world.free:
            return 0
        queued = backlog.candidates(world.now, wanted)
        if world.under_way and world.free:
            queued += parts(world.under_way.values(), world.now, world.free)
        if not queued:
            return 0
        if backlog.wide:
            world.tell_elapsed()
        started = self._watch()
        made = plan(
            queued, world.capacity, self._durations, self._limits, self._policy, self._reserved
        )
        self.effort.seconds.append(self._watch() - started)
        self._reserved = made.reservations
        return self._hand_out(made)

    def _hand_out(self, made: Plan) -> int:
        fanned_out = [fan_out.job for fan_out in made.fan_outs]
        placed = list(chain(fanned_out, *(placement.jobs for placement in made.placements)))
        self._backlog.left(placed)
        world = self._world
        decisions = world.hand_out(made)
        self.effort.jobs += len(placed)
        self.later += len(placed) if world.now else 0
        self.effort.decisions += decisions
        if decisions and world.now:
            self.effort.utilisation = world.busy_seconds / (world.slots * world.now)
        return decisions

    def _learn(self) -> None:
        world = self._world
        if self._learning and world.now >= self._learn_at and world.news:
            news = world.news
            world.news = {}
            self._durations.learn((work, total, count) for work, (total, count) in news.items())
            self._learn_at = world.now + LEARN_EVERY

    def _wanted(self) -> dict[str, int]:
        """Jobs of each type that the free slots, and those ahead of time, could take at most."""
        free = self._world.free
        wanted = {}
        for job_type in self._backlog.types():
            room = free
            if self._durations.is_short(job_type, self._limits):
                room += self._world.slots - self._world.ahead
            seconds = self._durations.get(job_type)
            if room > 0:
                wanted[job_type] = room * largest_batch(seconds, self._limits)
        return wanted
