"""Placement on a simulated clock: what must hold whatever the load, and that nobody starves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.wishes import Placing
from scheduling.batching import Durations
from scheduling.placement import Capacity, Policy
from scheduling.simulation.backlog import Backlog
from scheduling.simulation.figures import Figures
from scheduling.simulation.jobs import SimulatedJob
from scheduling.simulation.load import Distribution, Load, Shape, TypeLoad, generate
from scheduling.simulation.rounds import Rounds
from scheduling.simulation.run import Rules, simulate
from scheduling.simulation.world import World

TYPES = [TypeLoad("quick", 0.01), TypeLoad("slow", 1.0, 2.0, Distribution.LOGNORMAL)]
NO_RESERVATIONS = Policy(reserve_after=inf)


def executors(count: int, slots: int, *types: str) -> list[Capacity]:
    kinds = frozenset(types or ("quick", "slow", "small"))
    return [Capacity(f"w{n}", f"w{n}", slots, kinds) for n in range(count)]


@st.composite
def loads(draw: st.DrawFn) -> Load:
    return Load(
        jobs=draw(st.integers(1, 60)),
        rate=draw(st.sampled_from([1.0, 10.0, 100.0])),
        types=TYPES,
        priorities=[(2, 1.0), (5, 2.0)],
        wide_share=draw(st.sampled_from([0.0, 0.3])),
        wide_demand=draw(st.integers(2, 6)),
        shape=draw(st.sampled_from(Shape)),
        waiting=draw(st.integers(0, 30)),
        seed=draw(st.integers(0, 1000)),
    )


@given(loads(), st.integers(1, 3), st.integers(1, 5), st.sampled_from([0.0, 0.3, inf]))
def test_every_job_runs_once_and_no_slot_does_two_things_at_once(
    load: Load, count: int, slots: int, reserve_after: float
) -> None:
    policy = Policy(reserve_after=reserve_after)
    world, backlog = World(executors(count, slots)), Backlog(policy)
    rounds = Rounds(world, backlog, Durations(), Rules().limits, policy)
    jobs = list(generate(load))
    coming = [*jobs]
    while coming or world.next_end() is not None:
        times = [job.arrived for job in coming[:1]]
        times += [end] if (end := world.next_end()) is not None else []
        world.advance(max(min(times), world.now))
        while coming and coming[0].arrived <= world.now:
            backlog.add(coming.pop(0))
        rounds.next()
        running = [lease for its in world.capacity for lease in its.leases]
        begun = [lease for lease in running if lease.begun is not None]
        assert world.free == count * slots - sum(lease.slots for lease in begun) >= 0
        for its in world.capacity:
            in_use = sum(lease.slots for lease in its.leases if lease.begun is not None)
            assert in_use <= its.slots
            assert sum(lease.slots for lease in its.leases) <= 2 * its.slots
            for brief in (frozenset(), frozenset({"quick"})):
                assert its.in_use(brief) == Capacity.in_use(its, brief)
    assert backlog.size == 0
    assert all(job.arrived <= job.started <= job.ended for job in jobs)
    assert len(world.begun) == len(world.ended) == len(jobs)
    assert world.busy_seconds == pytest.approx(sum(job.work for job in jobs))


@given(loads())
def test_the_same_seed_gives_the_same_figures(load: Load) -> None:
    first, second = (simulate(generate(load), executors(2, 3)).as_dict() for _ in range(2))
    for figures in (first, second):
        for measured in ("deciding_seconds", "round_seconds"):
            del figures[measured]
        del figures["jobs_per_second_of_deciding"], figures["decisions_per_second_of_deciding"]
    assert first == second


def test_what_nobody_can_run_is_told() -> None:
    job = SimulatedJob("strange", "strange", 5, 0.0, work=1.0)
    figures = simulate([job], executors(1, 1))
    assert (figures.jobs, figures.unplaced) == (0, 1)


@pytest.mark.parametrize(("aging", "read_of_less_urgent"), [(10.0, 30), (1000.0, 0)])
def test_candidates_are_as_many_as_wanted_of_those_that_could_be_first(
    aging: float, read_of_less_urgent: int
) -> None:
    backlog = Backlog(Policy(aging_interval=aging))
    for second in range(300):
        for priority in (3, 5):
            name = f"{priority} {second:03}"
            backlog.add(SimulatedJob(name, "slow", priority, 0.0, arrived=second))
    assert backlog.candidates(300.0, {}) == []
    read = [job.id for job in backlog.candidates(300.0, {"slow": 30})]
    urgent, others = ([f"{p} {second:03}" for second in range(30)] for p in (5, 3))
    assert read == urgent + others[:read_of_less_urgent]
    for job in backlog.candidates(300.0, {"slow": 30}):
        job.gone = True
    following = backlog.candidates(300.0, {"slow": 2})
    assert [job.id for job in following[:2]] == ["5 030", "5 031"]
    following[1].gone = True
    assert [job.id for job in backlog.candidates(300.0, {"slow": 2})[:2]] == ["5 030", "5 032"]


def stream(seconds: float, gap: float) -> Iterator[SimulatedJob]:
    """Small jobs without end, of about a second each: more than 16 slots can do."""
    small = Load(int(seconds / gap), 1 / gap, [TypeLoad("small", 1.0)], seed=7)
    return generate(small)


def with_wide(small: Iterator[SimulatedJob], shape: Shape, at: float = 15.0) -> list[SimulatedJob]:
    wide = SimulatedJob(
        *("wide", "slow", 5, 0.0, 8),
        chunkable=shape != Shape.WHOLE,
        placement=Placing.PACK if shape == Shape.PACK else Placing.SPREAD,
        arrived=at,
        work=8.0,
    )
    return sorted([*small, wide], key=lambda job: job.arrived)


def run(jobs: list[SimulatedJob], policy: Policy) -> Figures:
    return simulate(jobs, executors(2, 8), Rules(policy, round_every=0.01))


@pytest.mark.parametrize("shape", Shape)
def test_a_wide_job_starts_soon_under_an_endless_stream_of_small_ones(shape: Shape) -> None:
    jobs = with_wide(stream(60.0, 0.05), shape)
    starved = run(jobs, NO_RESERVATIONS).waits_by_width[8].max
    assert starved > 40.0
    figures = run(with_wide(stream(60.0, 0.05), shape), Policy(reserve_after=10.0))
    # Ten seconds until it reserves, and some until eight slots have come free.
    assert 10.0 <= figures.waits_by_width[8].max < 10.0 + 10.0
    alone = run(list(stream(60.0, 0.05)), Policy(reserve_after=10.0))
    lost = figures.clock - alone.clock
    assert lost * 16 < 8.0 + 8 * 10.0


def test_age_brings_the_least_urgent_to_its_turn() -> None:
    policy = Policy(aging_interval=5.0, reserve_after=inf)
    old = SimulatedJob("old", "slow", 0, 0.0, arrived=15.0, work=1.0)
    urgent = [replace(job, priority=5) for job in stream(60.0, 0.05)]
    jobs = sorted([old, *urgent], key=lambda job: job.arrived)
    figures = simulate(jobs, executors(2, 8), Rules(policy, round_every=0.01))
    # Five steps, then whoever is older goes first.
    assert figures.waits_by_priority[0].max < 32.0
    patient = Policy(aging_interval=inf, reserve_after=inf)
    jobs = [replace(job, gone=False, age=0.0) for job in jobs]
    figures = simulate(jobs, executors(2, 8), Rules(patient, round_every=0.01))
    assert figures.waits_by_priority[0].max > 45.0
