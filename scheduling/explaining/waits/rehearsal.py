"""When a job would start if work took as long as it usually does: the queue, played through.

A plan is made for each moment in turn, by the demands, the order and the widths of placement, but
one slot after another instead of round by round, which takes some ten microseconds a job. Pure.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush, nsmallest
from itertools import groupby
from math import inf

from executors.states import ExecutionKind
from scheduling.batching import work_key
from scheduling.explaining.scene import Rules
from scheduling.placement import Capacity, QueuedJob, effective_priority
from scheduling.placement.demand import Demand, alike, assess
from scheduling.placement.fleet import Fleet

MOMENT = 1e-6
"""Seconds: what lies closer together than this happens at once."""


@dataclass(slots=True, eq=False)
class _Line:
    """Jobs alike and of the same effective priority, the oldest first."""

    demand: Demand
    priority: int
    lasts: float
    places: frozenset[int]
    jobs: list[QueuedJob] = field(default_factory=list)
    served: int = 0

    def head(self) -> QueuedJob:
        return self.jobs[self.served]


class Rehearsal:
    """The executors and the queue, from now on."""

    def __init__(
        self, queued: Iterable[QueuedJob], capacity: Sequence[Capacity], rules: Rules
    ) -> None:
        self._rules = rules
        self._usual = _mean(rules.durations.known.values())
        self._free = [self._busy_until(executor) for executor in capacity]
        self._levels = _in_levels(self._in_lines(queued, capacity))
        # Until the limit of a turn, who uses a slot must be gone: then a wide job starts there.
        self._turns = [(time, room, inf) for room, times in enumerate(self._free) for time in times]
        heapify(self._turns)

    def start(self, job_id: str) -> float | None:
        """Seconds until the job starts; None if it never does, or nothing is known of work."""
        if self._usual is None:
            return None
        while self._turns:
            now, room, limit = heappop(self._turns)
            # A wide job may have taken the slot in between.
            if limit == inf and self._free[room][0] > now + MOMENT:
                continue
            line = self._next(now, room, limit)
            if line:
                began = self._serve(line, now, room) if limit == inf else now
                if limit < inf:
                    self._fill(line, now, room, limit)
                if line.jobs[line.served - 1].id == job_id:
                    return began
                if line.served == len(line.jobs):
                    self._drop(line)
            elif limit == inf:
                self._rest(now, room)
        return None

    def _next(self, now: float, room: int, limit: float) -> _Line | None:
        """Who is served by a slot of the executor that is free now."""
        for level in self._levels:
            ranked = [
                (self._rank(line, now), number)
                for number, line in enumerate(level)
                if room in line.places
            ]
            for _, number in sorted(ranked):
                line = level[number]
                if _fits(line, limit - now) if limit < inf else self._can(line, now, room):
                    return line
        return None

    def _can(self, line: _Line, now: float, room: int) -> bool:
        """Whether it starts, or is overdue and has slots kept for it from now on."""
        width = line.demand.width
        if width == 1 or self._overdue(line, now):
            return True
        soon, free = now + MOMENT, 0
        for one in [room] if line.demand.together else line.places:
            free += bisect_right(self._free[one], soon)
            if free >= width:
                return True
        return False

    def _rank(self, line: _Line, now: float) -> tuple[bool, float, str]:
        """Whoever holds a reservation comes before its equals."""
        head = line.head()
        holds = line.demand.width > 1 and self._overdue(line, now)
        return not holds, -head.age, head.id

    def _overdue(self, line: _Line, now: float) -> bool:
        return line.head().age + now + MOMENT >= self._rules.policy.reserve_after

    def _serve(self, line: _Line, now: float, room: int) -> float:
        """Gives the line's first job its slots; when it starts."""
        demand = line.demand
        line.served += 1
        if demand.width == 1:
            picked = [(self._free[room][0], room)]
        elif demand.together:
            best = min(line.places, key=lambda one: self._ready(one, demand.width))
            picked = [(time, best) for time in self._free[best][: demand.width]]
        else:
            times = [(time, one) for one in line.places for time in self._free[one][: demand.width]]
            picked = nsmallest(demand.width, times)
        began = max(now, *(time for time, _ in picked))
        for number, (time, one) in enumerate(picked):
            self._take(one, time, began + self._lasts(line, number))
            if began > max(now, time) + MOMENT:
                heappush(self._turns, (max(now, time), one, began))
        heappush(self._turns, (now, room, inf))
        return began

    def _fill(self, line: _Line, now: float, room: int, limit: float) -> None:
        """Lets the line's first job use a slot that is kept for a wide one."""
        line.served += 1
        if now + line.lasts < limit:
            heappush(self._turns, (now + line.lasts, room, limit))

    def _ready(self, room: int, slots: int) -> float:
        times = self._free[room]
        return times[slots - 1] if slots <= len(times) else inf

    def _take(self, room: int, before: float, until: float) -> None:
        """A slot that was free from `before` is so again from `until`."""
        times = self._free[room]
        times.remove(before)
        insort(times, until)
        heappush(self._turns, (until, room, inf))

    def _lasts(self, line: _Line, number: int) -> float:
        """How long the slot of this number is taken: waves of chunks, and at last the combine."""
        demand = line.demand
        if demand.chunks == 1:
            return line.lasts
        waves = -(-(demand.chunks - number) // demand.width)
        combine = 0.0
        if number == 0:
            combine = self._slot_time(work_key(line.jobs[0].type, ExecutionKind.COMBINE, 1)) or 0.0
        return waves * line.lasts + combine

    def _rest(self, now: float, room: int) -> None:
        """Nobody can use the slot now; wide jobs may come to be overdue later."""
        lines = [line for level in self._levels for line in level]
        ages = [line.head().age for line in lines if room in line.places]
        if ages:
            due = self._rules.policy.reserve_after - max(ages)
            if due > now + MOMENT:
                heappush(self._turns, (due, room, inf))

    def _drop(self, line: _Line) -> None:
        for level in self._levels:
            if line in level:
                level.remove(line)

    def _in_lines(self, queued: Iterable[QueuedJob], capacity: Sequence[Capacity]) -> list[_Line]:
        rules = self._rules
        fleet = Fleet(capacity, rules.durations, rules.limits)
        found: dict[tuple[object, ...], _Line | None] = {}
        for job in queued:
            priority = effective_priority(job, rules.policy.aging_interval)
            key = (priority, *alike(job))
            if key not in found:
                demand = assess(job, fleet, rules.durations, rules.limits)
                found[key] = (
                    self._line(demand, job, priority) if isinstance(demand, Demand) else None
                )
            line = found[key]
            if line:
                line.jobs += [job] * max(len(job.parts), 1)
        lines = [line for line in found.values() if line]
        for line in lines:
            line.jobs.sort(key=lambda job: (-job.age, job.id))
        return lines

    def _line(self, demand: Demand, job: QueuedJob, priority: int) -> _Line:
        places = frozenset(room.index for room in demand.pool.members)
        lasts = self._slot_time(_work(job, demand))
        return _Line(demand, priority, self._usual or 0.0 if lasts is None else lasts, places)

    def _slot_time(self, work: str) -> float | None:
        """How long it takes a slot: short work shares its ways there and back with others."""
        seconds = self._rules.durations.get(work)
        if seconds is None or seconds < self._rules.limits.seconds / 2:
            return seconds
        return max(seconds, self._rules.slot_times.get(work) or 0.0)

    def _busy_until(self, executor: Capacity) -> list[float]:
        """When each slot comes free; those that are free are so now."""
        times = [0.0] * executor.slots
        for lease in sorted(executor.leases, key=lambda its: -its.elapsed):
            seconds = self._rules.durations.get(lease.work)
            whole = (self._usual or 0.0 if seconds is None else seconds) * lease.size
            # Work that takes longer than usual is not over in this very moment either.
            left = max(whole - lease.elapsed, whole * 0.1)
            for _ in range(lease.slots):
                soonest = min(range(len(times)), key=times.__getitem__)
                times[soonest] += left
        return sorted(times)


def _fits(line: _Line, gap: float) -> bool:
    """Whether its jobs are expected to be gone by then, as placement judges it."""
    demand = line.demand
    return demand.width == demand.chunks == 1 and demand.lasts is not None and demand.lasts <= gap


def _work(job: QueuedJob, demand: Demand) -> str:
    if demand.parts:
        return work_key(job.type, job.kind, 1)
    kind = ExecutionKind.CHUNK if demand.chunks > 1 else ExecutionKind.WHOLE
    return work_key(job.type, kind, demand.width)


def _in_levels(lines: Iterable[_Line]) -> list[list[_Line]]:
    """The lines of each effective priority, the highest first."""
    ordered = sorted(lines, key=lambda line: -line.priority)
    return [list(level) for _, level in groupby(ordered, key=lambda line: line.priority)]


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return sum(found) / len(found) if found else None
