"""The one function that decides which queued job goes where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heapreplace
from types import MappingProxyType

from scheduling.batching import BatchLimits, Durations, batch_size
from scheduling.placement.demand import Demand, assess
from scheduling.placement.fleet import Fleet
from scheduling.placement.lines import Line, levels
from scheduling.placement.model import (
    Capacity,
    FanOut,
    Obstacle,
    PartPlacement,
    Placement,
    Plan,
    Policy,
    QueuedJob,
    Reason,
    Reservation,
)


def plan(
    queued: Iterable[QueuedJob],
    capacity: Sequence[Capacity],
    durations: Durations,
    limits: BatchLimits,
    policy: Policy,
    reserved: Mapping[str, Reservation] = MappingProxyType({}),
) -> Plan:
    """Places jobs by effective priority, then age; `reserved` is what the last plan reserved.

    The same input gives the same output, and nothing of the input is changed.
    """
    fleet = Fleet(capacity, durations, limits)
    making = _Making(durations, limits, reserved)
    for lines in levels(
        queued, policy.aging_interval, lambda job: assess(job, fleet, durations, limits)
    ):
        making.serve(lines)
    return making.plan


class _Making:
    def __init__(
        self, durations: Durations, limits: BatchLimits, reserved: Mapping[str, Reservation]
    ) -> None:
        self.plan = Plan()
        self._durations = durations
        self._limits = limits
        self._reserved = reserved

    def serve(self, lines: Sequence[Line]) -> None:
        """Places what can be of one effective priority: oldest first, each line until it stops."""
        turns = []
        for number, line in enumerate(lines):
            if isinstance(line.demand, Reason):
                self._refuse(line, line.demand)
            else:
                line.sort()
                turns.append(_turn(number, line))
        heapify(turns)
        while turns:
            number = turns[0][2]
            line = lines[number]
            if self._serve(line) and len(line):
                heapreplace(turns, _turn(number, line))
            else:
                heappop(turns)

    def _serve(self, line: Line) -> bool:
        """Places what the line has first; False if that, and so all behind it, must wait."""
        demand = line.demand
        assert isinstance(demand, Demand)
        if demand.parts:
            return self._place_parts(line, demand)
        if demand.chunks > 1:
            return self._fan_out(line, demand)
        return self._place(line, demand)

    def _place(self, line: Line, demand: Demand) -> bool:
        room = demand.pool.roomiest()
        if room is None or (room.free < demand.width and not (demand.short and room.rooms)):
            self._refuse(line, Reason(Obstacle.BUSY, demand.width, room.free if room else 0))
            return False
        size = 1
        if demand.batch > 1:
            waiting = len(line)
            fair = batch_size(demand.seconds, waiting, demand.pool.rooms, self._limits)
            size = min(fair, waiting)
        room.take(demand.width, short=demand.short)
        self.plan.placements.append(Placement(room.executor, line.take(size), demand.width))
        return True

    def _fan_out(self, line: Line, demand: Demand) -> bool:
        taken = self._gather(demand)
        if not taken:
            free = _largest_gap(demand) if demand.together else demand.pool.free
            self._refuse(line, Reason(Obstacle.BUSY, demand.width, free))
            return False
        (job,) = line.take(1)
        self.plan.fan_outs.append(FanOut(job, demand.chunks, taken))
        return True

    def _gather(self, demand: Demand) -> list[Capacity]:
        """Takes as many free slots as the demand is wide, or none at all."""
        pool, width = demand.pool, demand.width
        if demand.together:
            room = pool.roomiest()
            if room is None or room.free < width:
                return []
            for _ in range(width):
                room.take(1, short=False)
            return [room.executor] * width
        if pool.free < width:
            return []
        taken: list[Capacity] = []
        while len(taken) < width:
            room = pool.roomiest()
            assert room is not None
            room.take(1, short=False)
            taken.append(room.executor)
        return taken

    def _place_parts(self, line: Line, demand: Demand) -> bool:
        """As many parts of the job as there are free slots."""
        (job,) = line.take(1)
        for number, part in enumerate(job.parts):
            room = demand.pool.roomiest()
            if room is None or not room.free:
                self.plan.reasons[job.id] = Reason(Obstacle.BUSY, len(job.parts) - number)
                for other in line.rest():
                    self.plan.reasons[other.id] = Reason(Obstacle.BUSY, len(other.parts))
                return False
            room.take(1, short=False)
            self.plan.parts.append(PartPlacement(job, part, room.executor))
        return True

    def _refuse(self, line: Line, reason: Reason) -> None:
        self.plan.reasons.update((job.id, reason) for job in line.rest())


def _turn(number: int, line: Line) -> tuple[float, str, int]:
    head = line.head()
    return -head.age, head.id, number


def _largest_gap(demand: Demand) -> int:
    room = demand.pool.roomiest()
    return room.free if room else 0
