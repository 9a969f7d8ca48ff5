"""How a plan is made: level by level, oldest first, until nothing more can be placed."""

from __future__ import annotations

from collections.abc import Container, Sequence
from heapq import heapify, heappop, heapreplace

from scheduling.batching import BatchLimits, batch_size
from scheduling.placement.demand import Demand
from scheduling.placement.finding import find, gather
from scheduling.placement.lines import Line
from scheduling.placement.model import (
    FanOut,
    PartPlacement,
    Placement,
    Plan,
    Policy,
    QueuedJob,
    Reason,
)
from scheduling.placement.obstacles import explain
from scheduling.placement.reservations import Book


class Making:
    """A plan that grows by one effective priority after the other, the highest first."""

    def __init__(self, book: Book, policy: Policy, limits: BatchLimits) -> None:
        self.plan = Plan()
        self._book = book
        self._policy = policy
        self._limits = limits

    def serve_holders(self, lines: Sequence[Line], reserved: Container[str]) -> None:
        """Who has a reservation comes before its equals, for whom it is binding."""
        holders = [
            (-job.age, job.id, number, job)
            for number, line in enumerate(lines)
            if isinstance(line.demand, Demand) and line.demand.width > 1
            for job in line.pull(reserved)
        ]
        for _, _, number, job in sorted(holders):
            line = lines[number]
            if not self._start(line, job):
                self.plan.reasons[job.id] = explain(line.its)
                self._book.reserve(job, line.its)

    def serve(self, lines: Sequence[Line]) -> None:
        """Places what can be of one effective priority: oldest first, each line until it stops."""
        turns = []
        for number, line in enumerate(lines):
            if isinstance(line.demand, Reason):
                self._refuse(line, line.demand)
            elif line:
                line.sort()
                turns.append(_turn(number, line))
        heapify(turns)
        while turns:
            number = turns[0][2]
            line = lines[number]
            if self._serve(line) and line:
                heapreplace(turns, _turn(number, line))
            else:
                heappop(turns)

    def _serve(self, line: Line) -> bool:
        """Serves who is first in the line; False if that, and so all behind it, must wait."""
        demand = line.its
        if demand.parts:
            return self._place_parts(line)
        if demand.width > 1 or demand.chunks > 1:
            return self._serve_gang(line)
        return self._place(line)

    def _place(self, line: Line) -> bool:
        """A lease of as many jobs as may share one."""
        demand = line.its
        room = find(line, 1)
        if room is None:
            self._refuse(line, explain(demand))
            return False
        size = 1
        if demand.batch > 1:
            waiting = len(line)
            fair = batch_size(demand.seconds, waiting, demand.pool.rooms, self._limits)
            size = min(fair, waiting)
        room.take(1, demand.lasts, short=demand.short)
        self.plan.placements.append(Placement(room.executor, line.take(size)))
        return True

    def _serve_gang(self, line: Line) -> bool:
        """Starts the job, or reserves slots for it if it has waited for too long."""
        job, demand = line.head(), line.its
        if line.stuck or not self._start(line, job):
            line.stuck = True
            why = explain(demand)
            overdue = demand.width > 1 and job.age >= self._policy.reserve_after
            if not (overdue and self._book.reserve(job, demand)):
                self._refuse(line, why)
                return False
            self.plan.reasons[job.id] = why
        line.take(1)
        return True

    def _start(self, line: Line, job: QueuedJob) -> bool:
        """Takes all slots that the job needs at once, or none at all."""
        demand = line.its
        if demand.chunks > 1:
            rooms = gather(line)
            if rooms:
                executors = [room.executor for room in rooms]
                self.plan.fan_outs.append(FanOut(job, demand.chunks, executors))
            return bool(rooms)
        room = find(line, demand.width)
        if room:
            room.take(demand.width, demand.lasts)
            self.plan.placements.append(Placement(room.executor, [job], demand.width))
        return room is not None

    def _place_parts(self, line: Line) -> bool:
        """As many parts of the job as there are slots."""
        (job,) = line.take(1)
        for number, part in enumerate(job.parts):
            room = find(line, 1)
            if room is None:
                self._refuse_parts(line, job, len(job.parts) - number)
                return False
            room.take(1, line.its.lasts)
            self.plan.parts.append(PartPlacement(job, part, room.executor))
        return True

    def _refuse_parts(self, line: Line, job: QueuedJob, lacking: int) -> None:
        reason = explain(line.its)
        self.plan.reasons[job.id] = Reason(reason.obstacle, lacking, 0, reason.behind)
        for other in line.rest():
            needed = len(other.parts)
            self.plan.reasons[other.id] = Reason(reason.obstacle, needed, 0, reason.behind)

    def _refuse(self, line: Line, reason: Reason) -> None:
        self.plan.reasons.update((job.id, reason) for job in line.rest())


def _turn(number: int, line: Line) -> tuple[float, str, int]:
    head = line.head()
    return -head.age, head.id, number
