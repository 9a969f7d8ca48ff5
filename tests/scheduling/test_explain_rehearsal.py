"""When a job would start: the queue is played through, one slot after another."""

from __future__ import annotations

from typing import Any

from hypothesis import given

from executors.states import ExecutionKind
from jobs.wishes import OnShortage, Placing
from scheduling.batching import BatchLimits, Durations
from scheduling.explaining.scene import Rules
from scheduling.explaining.waits.rehearsal import Rehearsal
from scheduling.placement import Capacity, LiveLease, Policy, QueuedJob
from tests.scheduling.fleets import DURATIONS, LIMITS, POLICY, executor, fleets, queues, run

KNOWN = {"long": 60.0, "long/2": 60.0, "long/3": 60.0, "long:chunk": 20.0, "long:combine": 5.0}
RULES = Rules(Durations(KNOWN), BatchLimits(), Policy(1e9, reserve_after=1000.0))


def job(name: str, age: float = 0.0, **fields: Any) -> QueuedJob:
    return QueuedJob(name, "long", **({"priority": 5, "age": age} | fields))


def starts(
    queue: list[QueuedJob], *fleet: Capacity, rules: Rules = RULES
) -> dict[str, float | None]:
    return {one.id: Rehearsal(queue, fleet, rules).start(one.id) for one in queue}


def test_one_after_another_by_priority_then_age() -> None:
    queue = [job("young"), job("old", 5), job("urgent", priority=9)]
    assert starts(queue, executor("w1")) == {"urgent": 0, "old": 60, "young": 120}
    assert starts(queue, executor("w1"), executor("w2")) == {"urgent": 0, "old": 0, "young": 60}


def test_what_runs_is_waited_for() -> None:
    busy = executor("w1", 2, LiveLease("long", elapsed=50), LiveLease("long", elapsed=20))
    assert starts([job("a", 1), job("b")], busy) == {"a": 10, "b": 40}


def test_work_that_takes_longer_than_usual_is_not_over_at_once() -> None:
    assert starts([job("a")], executor("w1", 1, LiveLease("long", elapsed=500))) == {"a": 6}


def test_ways_there_and_back_take_the_slot_too() -> None:
    rules = Rules(RULES.durations, RULES.limits, RULES.policy, Durations({"long": 61.5}))
    assert starts([job("a", 1), job("b")], executor("w1"), rules=rules) == {"a": 0, "b": 61.5}


def test_a_wide_job_waits_for_its_slots_at_once() -> None:
    busy = executor("w1", 2, LiveLease("long", elapsed=50), LiveLease("long", elapsed=20))
    queue = [job("wide", 1, thread_demand=2), job("narrow")]
    # The narrow one is let past: its end is when both slots are free.
    assert starts(queue, busy) == {"narrow": 10, "wide": 70}


def test_an_overdue_wide_job_holds_slots_and_comes_before_its_equals() -> None:
    busy = executor("w1", 2, LiveLease("long", elapsed=50), LiveLease("long", elapsed=20))
    queue = [job("wide", 2000, thread_demand=2, priority=0), job("narrow", 3000, priority=0)]
    assert starts(queue, busy) == {"wide": 40, "narrow": 100}


def test_chunks_run_in_waves_and_are_combined() -> None:
    wide = job("wide", 1, thread_demand=2, chunkable=True, chunks=4)
    # Two waves of 20 s; then one slot combines for 5 s, while the other is free.
    assert starts([wide, job("a"), job("b")], executor("w1", 2)) == {"wide": 0, "a": 40, "b": 45}


def test_slots_of_several_executors_together() -> None:
    fleet = executor("w1", 2), executor("w2", 1, LiveLease("long", elapsed=30))
    assert starts([job("spread", thread_demand=3, chunkable=True)], *fleet) == {"spread": 30}
    packed = job("pack", thread_demand=3, chunkable=True, placement=Placing.PACK,
                 on_shortage=OnShortage.DEGRADE)  # fmt: skip
    assert starts([packed], *fleet) == {"pack": 0}


def test_parts_of_jobs_under_way_take_slots() -> None:
    parts = job("under way", 9, kind=ExecutionKind.CHUNK, parts=("x", "y", "z"))
    queue = [parts, job("a")]
    assert Rehearsal(queue, [executor("w1")], RULES).start("a") == 60


def test_nobody_can_tell_where_nothing_is_known_or_nothing_fits() -> None:
    nothing = Rules(Durations(), RULES.limits, RULES.policy)
    assert starts([job("a")], executor("w1"), rules=nothing) == {"a": None}
    assert starts([job("a")]) == {"a": None}
    assert starts([job("gpu", requires=(("gpu", "true"),))], executor("w1")) == {"gpu": None}


@given(queues(), fleets())
def test_who_has_the_fleet_alone_is_expected_at_once_if_placed_at_once(
    queue: list[QueuedJob], fleet: list[Capacity]
) -> None:
    rules = Rules(DURATIONS, LIMITS, POLICY)
    for one in queue:
        if one.kind == ExecutionKind.WHOLE:
            start = Rehearsal([one], fleet, rules).start(one.id)
            placed = one.id not in run([one], fleet).reasons
            # One that goes ahead waits for a lease that is over in a moment.
            if placed:
                assert start is not None
                assert start < LIMITS.seconds
            else:
                assert start != 0


def test_who_fits_in_the_gap_may_pass_a_wide_job() -> None:
    rules = Rules(Durations({**KNOWN, "short": 15.0}), RULES.limits, RULES.policy)
    busy = executor("w1", 2, LiveLease("long", elapsed=50), LiveLease("long", elapsed=20))
    short = [QueuedJob(name, "short", 5, age) for name, age in (("a", 2), ("b", 1))]
    queue = [job("wide", 2000, thread_demand=2), *short, job("narrow")]
    assert starts(queue, busy, rules=rules) == {"a": 10, "b": 25, "wide": 40, "narrow": 100}
