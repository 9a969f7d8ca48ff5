"""How a plan is made: level by level, oldest first, until nothing more can be placed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from jobs.wishes import LoadBalanceStrategy
from scheduling.batching import BatchLimits, batch_size
from scheduling.placement.balancing import Balancer, everybody
from scheduling.placement.dealing import Dealer
from scheduling.placement.demand import Demand
from scheduling.placement.finding import find, gather
from scheduling.placement.fleet import Fleet
from scheduling.placement.lines import Level, Line
from scheduling.placement.model import (
    Balance,
    Broadcast,
    FanOut,
    Obstacle,
    PartPlacement,
    Placement,
    Plan,
    Policy,
    QueuedJob,
    Reason,
    Shards,
)
from scheduling.placement.obstacles import explain
from scheduling.placement.reservations import Book
from scheduling.placement.room import Room


class Making:
    """A plan that grows by one effective priority after the other, the highest first."""

    def __init__(
        self, fleet: Fleet, book: Book, balancer: Balancer, policy: Policy, limits: BatchLimits
    ) -> None:
        self.plan = Plan()
        self._fleet = fleet
        self._book = book
        self._balancer = balancer
        self._dealer = Dealer(balancer, limits)
        self._policy = policy
        self._limits = limits

    def serve(self, level: Level) -> None:
        """Places what can be of one effective priority: oldest first, each line until it stops.

        Who has a reservation comes before its equals, for whom it is binding.
        """
        for job, line in level.holders:
            if why := self._start(line, job):
                self.plan.reasons[job.id] = why
                self._book.reserve(job, line.its)
        for line in level.lines.values():
            if isinstance(line.demand, Reason):
                self._refuse(line, line.demand)
        for line in level.turns:
            if line.skip:
                line.skip -= 1
            elif line.its.plain:
                self._place(line, line.its)
            else:
                self._serve_other(line, line.its)

    def _serve_other(self, line: Line, demand: Demand) -> None:
        if demand.parts:
            if isinstance(line.head(), Shards):
                self._place_shards(line, demand)
            else:
                self._place_parts(line, demand)
        elif demand.balance and demand.balance.strategy is LoadBalanceStrategy.BROADCAST:
            (job,) = line.take(1)
            self.plan.broadcasts.append(Broadcast(job, everybody(demand.pool, demand.balance)))
        elif demand.balance and demand.width == demand.chunks == 1:
            self._place_by_strategy(line, demand, demand.balance)
        else:
            self._serve_gang(line, demand)

    def _place(self, line: Line, demand: Demand) -> None:
        """A lease of as many jobs as may share one, for the roomiest executor."""
        room = demand.pool.roomiest()
        if room is None or not room.free:
            room = find(line, 1)
            if room is None:
                self._refuse(line, explain(demand))
                return
        size = 1
        if demand.batch > 1 and not room.remote:
            waiting = line.waiting()
            fair = batch_size(demand.seconds, waiting, demand.pool.rooms, self._limits)
            size = min(fair, waiting)
        room.take(1, demand.lasts, demand.short)
        self.plan.placements.append(Placement(room.executor, line.take(size)))

    def _place_by_strategy(self, line: Line, demand: Demand, balance: Balance) -> None:
        found = self._dealer.deal(line, demand, balance)
        if isinstance(found, Reason):
            self._refuse(line, found)
        elif found:
            self.plan.placements.append(found)

    def _serve_gang(self, line: Line, demand: Demand) -> None:
        """Starts the job, or reserves slots for it if it has waited for too long."""
        job = line.head()
        line.stuck = line.stuck or self._start(line, job)
        if line.stuck:
            overdue = demand.width > 1 and job.age >= self._policy.reserve_after
            if not (overdue and self._book.reserve(job, demand)):
                self._refuse(line, line.stuck)
                return
            self.plan.reasons[job.id] = line.stuck
        line.take(1)

    def _start(self, line: Line, job: QueuedJob) -> Reason | None:
        """Takes all slots that the job needs at once; or none at all, and why not."""
        demand = line.its
        if demand.chunks > 1:
            if demand.balance:
                rooms = self._balancer.gather(demand, demand.balance, job.age)
            else:
                rooms = gather(line) or explain(demand)
            if isinstance(rooms, Reason):
                return rooms
            executors = [room.executor for room in rooms]
            self.plan.fan_outs.append(FanOut(job, demand.chunks, executors))
            return None
        if demand.balance:
            found = self._balancer.choose(demand, demand.balance, job.age)
        else:
            found = find(line, demand.width) or explain(demand)
        if isinstance(found, Reason):
            return found
        found.take(demand.width, demand.lasts)
        self.plan.placements.append(Placement(found.executor, [job], demand.width))
        return None

    def _place_shards(self, line: Line, demand: Demand) -> None:
        """Each shard of the job whose own executor has a free slot."""
        (job,) = line.take(1)
        assert isinstance(job, Shards)
        waiting = 0
        for part, executor_id in zip(job.parts, job.bound, strict=True):
            room = self._fleet.member(executor_id, demand.pool)
            if room and executor_id not in job.shunned and room.usable(demand.lasts):
                room.take(1, demand.lasts)
                self.plan.parts.append(PartPlacement(job, part, room.executor))
            else:
                waiting += 1
        if waiting:
            self.plan.reasons[job.id] = Reason(Obstacle.SHARDS, needed=waiting)

    def _place_parts(self, line: Line, demand: Demand) -> None:
        """As many parts of the job as there are slots."""
        (job,) = line.take(1)
        for number, part in enumerate(job.parts):
            room = self._for_part(line, demand)
            if room is None:
                why = explain(demand)
                self._refuse_parts(job, job.parts[number:], why)
                for other in line.close():
                    self._refuse_parts(other, other.parts, why)
                return
            self.plan.parts.append(PartPlacement(job, part, room.executor))

    def _for_part(self, line: Line, demand: Demand) -> Room | None:
        if demand.balance:
            return self._balancer.for_part(demand, demand.balance)
        room = find(line, 1)
        if room:
            room.take(1, demand.lasts)
        return room

    def _refuse_parts(self, job: QueuedJob, parts: Sequence[str], why: Reason) -> None:
        self.plan.reasons[job.id] = replace(why, needed=len(parts))

    def _refuse(self, line: Line, why: Reason) -> None:
        self.plan.reasons.update((job.id, why) for job in line.close())
