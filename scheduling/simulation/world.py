"""A simulated world: executors that run what they are handed, on a clock of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from typing import cast

from executors.states import ExecutionKind
from scheduling.batching import work_key
from scheduling.placement import Capacity, Plan
from scheduling.simulation.jobs import SimulatedJob
from scheduling.simulation.leases import FanOutState, Host, RunningLease

Runtime = Callable[[SimulatedJob, int, int], float]
"""Seconds that a job takes on so many slots in so many chunks; for one chunk, if it has several."""


def by_work(job: SimulatedJob, slots: int, chunks: int) -> float:
    """The job's work, shared evenly among its slots or chunks; no longer than its timeout."""
    seconds = job.work / (chunks if chunks > 1 else slots)
    return seconds if job.timeout is None else min(seconds, job.timeout)


class World:
    """Executors, idle at first, the leases in their hands, and the time.

    `free` counts slots that nothing occupies, `busy_seconds` adds up the time of the others, and
    `ahead` counts leases that wait for a slot; `begun` and `ended` list jobs until somebody clears
    them; `news` is what the dispatcher would learn of durations, as (seconds, executions) by work.
    """

    def __init__(self, capacity: Sequence[Capacity], runtime: Runtime = by_work) -> None:
        self.now = 0.0
        self.capacity = [Host.idle(its) for its in capacity]
        self.slots = sum(its.slots for its in capacity)
        self.free = self.slots
        self.ahead = 0
        self.busy_seconds = 0.0
        self.begun: list[SimulatedJob] = []
        self.ended: list[SimulatedJob] = []
        self.news: dict[str, tuple[float, int]] = {}
        self.under_way: dict[str, FanOutState] = {}
        self._runtime = runtime
        self._ends: list[tuple[float, int, RunningLease]] = []
        self._count = 0

    def next_end(self) -> float | None:
        """When the next lease ends, None if nothing runs."""
        return self._ends[0][0] if self._ends else None

    def advance(self, until: float) -> None:
        """Lets everything happen that ends by then; `until` is the new time."""
        ends = self._ends
        while ends and ends[0][0] <= until:
            time, _, lease = heappop(ends)
            self._pass(time)
            self._end(lease, time)
        self._pass(until)

    def _pass(self, until: float) -> None:
        self.busy_seconds += (self.slots - self.free) * (until - self.now)
        self.now = until

    def hand_out(self, plan: Plan) -> int:
        """Makes the plan come true; how many decisions that were: leases, chunks counted singly."""
        for placement in plan.placements:
            jobs = cast("Sequence[SimulatedJob]", placement.jobs)
            slots = placement.slots
            seconds = [self._runtime(job, slots, 1) for job in jobs]
            work = work_key(jobs[0].type, ExecutionKind.WHOLE, slots)
            lease = RunningLease(work, slots, 0.0, len(jobs), jobs=jobs, seconds=seconds)
            for job in jobs:
                job.gone = True
            self._hand_out(placement.executor, lease)
        decisions = len(plan.placements)
        for fan_out in plan.fan_outs:
            decisions += len(fan_out.executors)
            split = cast("SimulatedJob", fan_out.job)
            self._fan_out(split, fan_out.chunks, fan_out.executors)
        for part in plan.parts:
            self._hand_out_chunk(self.under_way[part.job.id], part.executor)
        return decisions + len(plan.parts)

    def _fan_out(self, job: SimulatedJob, chunks: int, executors: Sequence[Capacity]) -> None:
        width = len(executors)
        job.gone = True
        job.kind = ExecutionKind.CHUNK
        state = FanOutState(job, width, self._runtime(job, width, chunks), chunks)
        self.under_way[job.id] = state
        for executor in executors:
            self._hand_out_chunk(state, executor)

    def _hand_out_chunk(self, state: FanOutState, executor: Capacity) -> None:
        state.waiting -= 1
        state.running += 1
        work = work_key(state.job.type, state.job.kind, 1)
        lease = RunningLease(work, seconds=(state.seconds,), chunk_of=state)
        self._hand_out(executor, lease)

    def _hand_out(self, executor: Capacity, lease: RunningLease) -> None:
        # A plan for this world names its own hosts.
        lease.host = host = cast("Host", executor)
        if host.add(lease):
            self.free -= lease.slots
            self._begin(lease, self.now)
        else:
            self.ahead += 1

    def _begin(self, lease: RunningLease, time: float) -> None:
        lease.begun = time
        state = lease.chunk_of
        if state and state.job.started < 0:
            state.job.started = time
            self.begun.append(state.job)
        for job, seconds in zip(lease.jobs, lease.seconds, strict=False):
            job.started = time
            time += seconds
            job.ended = time
        self.begun += lease.jobs
        # A chunk is of no job that could begin or end with it.
        ends = time if lease.jobs else time + lease.seconds[0]
        self._count += 1
        heappush(self._ends, (ends, self._count, lease))

    def _end(self, lease: RunningLease, time: float) -> None:
        self._learn(lease, time - (lease.begun or 0.0))
        self.ended += lease.jobs
        if lease.chunk_of:
            self._end_chunk(lease.chunk_of, time)
        assert lease.host
        following = lease.host.remove(lease)
        self.free += lease.slots
        if following:
            self.free -= following.slots
            self.ahead -= 1
            self._begin(following, time)

    def _end_chunk(self, state: FanOutState, time: float) -> None:
        state.running -= 1
        if not state.running and not state.waiting:
            del self.under_way[state.job.id]
            state.job.ended = time
            self.ended.append(state.job)

    def _learn(self, lease: RunningLease, seconds: float) -> None:
        total, count = self.news.get(lease.work, (0.0, 0))
        self.news[lease.work] = total + seconds, count + lease.size

    def tell_elapsed(self) -> None:
        """Brings up to date for how long each lease has run: only reservations ask for that."""
        for its in self.capacity:
            for lease in its.leases:
                begun = cast("RunningLease", lease).begun
                lease.elapsed = 0.0 if begun is None else self.now - begun
