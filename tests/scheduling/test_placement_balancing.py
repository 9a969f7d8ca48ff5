"""Placement of jobs that name a load-balance strategy: a pure function like the rest of it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executors.states import ExecutionKind
from jobs.wishes import LoadBalanceStrategy as S
from scheduling.placement import (
    Balance,
    Capacity,
    Link,
    Memory,
    Obstacle,
    Plan,
    QueuedJob,
    Shards,
    plan,
)
from scheduling.placement.balancing import LOOKED_AT_MOST
from tests.scheduling.fleets import (
    DURATIONS,
    LIMITS,
    POLICY,
    could_run,
    executor,
    fleets,
    is_short,
    live,
    queues,
    room,
)

NOTHING = Memory()
ONE_OF_THEM = [its for its in S if its not in {S.BROADCAST, S.LEAST_LOADED}]


def made(queue: list[QueuedJob], fleet: list[Capacity], memory: Memory = NOTHING) -> Plan:
    return plan(queue, fleet, DURATIONS, LIMITS, POLICY, memory=memory)


def balanced(strategy: S, count: int = 1, type_: str = "long", age: float = 0.0) -> list[QueuedJob]:
    its = Balance(strategy, f"type:{type_}")
    return [QueuedJob(f"{n:04}", type_, 5, age - n * 1e-6, balance=its) for n in range(count)]


@st.composite
def balanced_queues(draw: Callable[..., list[QueuedJob]]) -> list[QueuedJob]:
    found = draw(queues())
    for job in found:
        if job.kind is ExecutionKind.WHOLE and draw(st.booleans()):
            job.balance = Balance(draw(st.sampled_from(ONE_OF_THEM)), f"type:{job.type}", "key")
    return found


@given(balanced_queues(), fleets())
def test_strategies_keep_to_types_labels_and_free_slots(
    queue: list[QueuedJob], fleet: list[Capacity]
) -> None:
    its = made(queue, fleet)
    used: Counter[str] = Counter()
    for one in its.placements:
        assert all(could_run(one.executor, job) for job in one.jobs)
        assert len({job.balance for job in one.jobs}) == 1
        if not (is_short(one.jobs[0].type) and one.slots == 1):
            used[one.executor.executor_id] += one.slots
    for one in fleet:
        assert used[one.executor_id] <= room(one, short=False)


@given(balanced_queues(), fleets())
def test_every_job_is_placed_once_or_has_a_reason(
    queue: list[QueuedJob], fleet: list[Capacity]
) -> None:
    its = made(queue, fleet)
    placed = [job.id for one in its.placements for job in one.jobs]
    placed += [one.job.id for one in its.fan_outs]
    whole = {job.id for job in queue if job.kind is ExecutionKind.WHOLE}
    assert len(placed) == len(set(placed))
    assert set(placed) | (its.reasons.keys() & whole) == whole
    assert not set(placed) & its.reasons.keys()


@given(balanced_queues(), fleets())
def test_a_plan_with_strategies_can_be_made_again(
    queue: list[QueuedJob], fleet: list[Capacity]
) -> None:
    once, twice = made(queue, fleet), made(queue[::-1], fleet)
    assert once.placements == twice.placements
    assert once.remembered == twice.remembered


def names(its: Plan) -> list[str]:
    return [one.executor.executor for one in its.placements]


def test_what_is_remembered_moves_with_each_choice_and_from_plan_to_plan() -> None:
    fleet = [executor(name, 9) for name in ("w1", "w2", "w3")]
    its = made(balanced(S.ROUND_ROBIN, 4), fleet)
    assert names(its) == ["w1", "w2", "w3", "w1"]
    its = made(balanced(S.ROUND_ROBIN, 2), fleet, Memory(its.remembered, 0.0))
    assert names(its) == ["w2", "w3"]


def test_the_weight_and_priority_that_a_task_gives_count_for_its_jobs_alone() -> None:
    fleet = [executor("w1", 9), executor("w2", 9)]
    fleet[1].links = {"t": Link(priority=3, weight=2)}
    own = Balance(S.FAILOVER, "task:t")
    jobs = [QueuedJob("own", "long", 5, 0.0, balance=own), *balanced(S.FAILOVER)]
    assert {one.jobs[0].id: one.executor.executor for one in made(jobs, fleet).placements} == {
        "own": "w2",
        "0000": "w1",
    }


@pytest.mark.parametrize(
    ("strategy", "state"), [(S.STICKY, {"last": "w1"}), (S.FAILOVER, {}), (S.CONSISTENT_HASH, {})]
)
def test_a_job_waits_for_the_executor_it_prefers_and_says_so(strategy: S, state: dict) -> None:
    free = [executor("w1", 1), executor("w2", 1)]
    memory = Memory({("type:long", strategy): state})
    (home,) = names(made(balanced(strategy), free, memory))
    busy = [dataclasses.replace(one, slots=int(one.executor != home)) for one in free]
    its = made(balanced(strategy, age=10.0), busy, memory)
    reason = its.reasons["0000"]
    assert (reason.obstacle, reason.awaited) == (Obstacle.PREFERRED, home)
    assert not its.remembered
    (other,) = names(made(balanced(strategy, age=30.0), busy, memory))
    assert other != home


def test_short_jobs_are_still_batched() -> None:
    fleet = [executor("w1", 1), executor("w2", 1)]
    its = made(balanced(S.ROUND_ROBIN, 100, "quick"), fleet)
    assert Counter(names(its)) == {"w1": 2, "w2": 2}
    assert {len(one.jobs) for one in its.placements} == {20}


def test_choosing_among_very_many_goes_on_in_the_next_round() -> None:
    fleet = [executor(f"w{n:04}", 2) for n in range(1000)]
    its = made(balanced(S.ROUND_ROBIN, 300), fleet)
    assert its.unfinished
    assert len(its.placements) == LOOKED_AT_MOST // 1000 + 1
    assert len(its.reasons) == 300 - len(its.placements)


def test_a_broadcast_is_for_all_that_could_run_it_busy_or_not() -> None:
    fleet = [executor("w2", 2), executor("w1", 0), executor("other", 2)]
    fleet[2].types = frozenset({"something_else"})
    (one,) = made(balanced(S.BROADCAST), fleet).broadcasts
    assert [its.executor for its in one.executors] == ["w1", "w2"]
    its = made(balanced(S.BROADCAST), fleet[2:])
    assert its.reasons["0000"].obstacle == Obstacle.TYPE


def test_a_shard_is_placed_on_its_own_executor_alone() -> None:
    fleet = [executor("w1", 1), executor("w2", 0), executor("w3", 3)]
    kind = {"kind": ExecutionKind.SHARD, "parts": ("a", "b", "c", "d")}
    jobs = [
        Shards("one", "long", 5, 2.0, bound=("w1", "w2", "w3", "gone"), **kind),
        Shards("two", "long", 5, 1.0, bound=("w1", "w2", "w3", "gone"), **kind),
    ]
    its = made(jobs, fleet)
    found = [(one.job.id, one.execution_id, one.executor.executor) for one in its.parts]
    assert found == [("one", "a", "w1"), ("one", "c", "w3"), ("two", "c", "w3")]
    assert {id_: reason.needed for id_, reason in its.reasons.items()} == {"one": 2, "two": 3}
    assert live(fleet[0]) == 0
