"""Jobs and chunks that name a strategy each have a turn, though short ones share leases."""

from __future__ import annotations

from collections import Counter

import pytest

from executors.states import ExecutionKind
from jobs.wishes import LoadBalanceStrategy as S
from jobs.wishes import Placing
from scheduling.placement import Balance, Capacity, Link, Memory, Obstacle, Plan, QueuedJob, plan
from scheduling.placement.dealing import FEW
from tests.scheduling.fleets import DURATIONS, LIMITS, POLICY, executor


def made(queue: list[QueuedJob], fleet: list[Capacity], memory: Memory | None = None) -> Plan:
    return plan(queue, fleet, DURATIONS, LIMITS, POLICY, memory=memory or Memory())


def short(strategy: S, count: int, subject: str = "type:quick") -> list[QueuedJob]:
    its = Balance(strategy, subject)
    return [QueuedJob(f"{n:04}", "quick", 5, -n * 1e-6, balance=its) for n in range(count)]


def jobs_of(its: Plan) -> dict[str, int]:
    found: Counter[str] = Counter()
    for one in its.placements:
        found[one.executor.executor] += len(one.jobs)
    return dict(found)


@pytest.mark.parametrize("count", [2, 9, 37, 60])
def test_each_short_job_is_a_turn_and_leases_are_shared(count: int) -> None:
    fleet = [executor(name, 1) for name in ("w1", "w2", "w3")]
    its = made(short(S.ROUND_ROBIN, count), fleet)
    found = jobs_of(its)
    assert sum(found.values()) == count
    assert max(found.values()) - min(found.get(one.executor, 0) for one in fleet) <= 1
    assert len(its.placements) == min(count, 3)


def test_turns_go_on_in_the_next_plan_where_the_last_one_ended() -> None:
    fleet = [executor(name, 1) for name in ("w1", "w2", "w3")]
    first = made(short(S.ROUND_ROBIN, 4), fleet)
    second = made(short(S.ROUND_ROBIN, 5), fleet, Memory(first.remembered))
    assert Counter(jobs_of(first)) + Counter(jobs_of(second)) == {"w1": 3, "w2": 3, "w3": 3}


def test_weights_are_shares_of_jobs() -> None:
    fleet = [executor("w1", 12), executor("w2", 4)]
    fleet[0].links = {"t": Link(weight=3)}
    found = jobs_of(made(short(S.WEIGHTED, 64, "task:t"), fleet))
    assert found["w1"] == pytest.approx(48, abs=2)
    assert sum(found.values()) == 64


def test_jobs_keep_their_order_in_each_lease() -> None:
    fleet = [executor("w1", 1), executor("w2", 1)]
    for one in made(short(S.ROUND_ROBIN, 30), fleet).placements:
        ids = [job.id for job in one.jobs]
        assert ids == sorted(ids)


def test_among_very_many_a_few_jobs_share_a_turn() -> None:
    fleet = [executor(f"w{n:04}", 1) for n in range(4 * FEW)]
    found = jobs_of(made(short(S.ROUND_ROBIN, 2000), fleet))
    assert sum(found.values()) == 2000
    assert max(found.values()) - min(found.values()) <= 4


def in_chunks(strategy: S, threads: int, placement: Placing, key: str = "") -> list[QueuedJob]:
    job = QueuedJob("job", "long", 5, 0.0, thread_demand=threads, chunkable=True)
    job.placement, job.balance = placement, Balance(strategy, "type:long", key)
    return [job]


def chunks_of(its: Plan) -> Counter[str]:
    (one,) = its.fan_outs
    return Counter(its.executor for its in one.executors)


def test_each_chunk_of_a_job_that_is_spread_is_a_turn() -> None:
    fleet = [executor("w1", 9), executor("w2", 2), executor("w3", 2)]
    its = made(in_chunks(S.ROUND_ROBIN, 6, Placing.SPREAD), fleet)
    assert chunks_of(its) == {"w1": 2, "w2": 2, "w3": 2}
    assert its.remembered
    # The favourite gets all that it has room for, and nobody waits for it.
    (home, most), *_ = chunks_of(
        made(in_chunks(S.CONSISTENT_HASH, 6, Placing.SPREAD, "k"), fleet)
    ).most_common()
    assert most == (6 if home == "w1" else 4)


def test_a_strategy_chooses_who_gets_a_job_that_is_packed() -> None:
    fleet = [executor("w1", 9), executor("w2", 3), executor("w3", 3)]
    memory = Memory({("type:long", S.ROUND_ROBIN): {"last": "w1"}})
    its = made(in_chunks(S.ROUND_ROBIN, 3, Placing.PACK), fleet, memory)
    assert chunks_of(its) == {"w2": 3}


def test_all_chunks_of_a_job_start_at_once_or_none() -> None:
    fleet = [executor("w1", 2), executor("w2", 2)]
    its = made(in_chunks(S.ROUND_ROBIN, 4, Placing.SPREAD), [fleet[0], executor("w2", 1)])
    assert not its.fan_outs or len(its.fan_outs[0].executors) <= 3
    assert chunks_of(made(in_chunks(S.ROUND_ROBIN, 4, Placing.SPREAD), fleet)).total() == 4


def test_chunks_that_follow_go_by_the_strategy_too() -> None:
    job = QueuedJob("job", "long", 5, 0.0, kind=ExecutionKind.CHUNK, parts=("a", "b", "c"))
    job.balance = Balance(S.ROUND_ROBIN, "type:long")
    fleet = [executor("w1", 9), executor("w2", 1), executor("w3", 1)]
    its = made([job], fleet)
    assert [one.executor.executor for one in its.parts] == ["w1", "w2", "w3"]


@pytest.mark.parametrize("strategy", [None, S.ROUND_ROBIN])
def test_an_executor_busy_with_a_task_gets_jobs_of_others(strategy: S | None) -> None:
    balance = Balance(strategy, "type:long") if strategy else None
    fleet = [executor("w1", 9), executor("w2", 1)]
    busy = [
        QueuedJob(f"busy {n}", "long", 5, 9.0, balance=balance, shunned=frozenset({"w1"}))
        for n in range(2)
    ]
    its = made([*busy, QueuedJob("other", "long", 5, 0.0, balance=balance)], fleet)
    assert {one.jobs[0].id: one.executor.executor for one in its.placements} == {
        "busy 0": "w2",
        "other": "w1",
    }
    assert its.reasons["busy 1"].obstacle is Obstacle.BUSY


def test_who_prefers_an_executor_that_is_busy_with_its_task_waits_for_it() -> None:
    fleet = [executor("w1", 9), executor("w2", 1)]
    job = QueuedJob("job", "long", 5, 1.0, balance=Balance(S.STICKY, "type:long"))
    job.shunned = frozenset({"w1"})
    its = made([job], fleet, Memory({("type:long", S.STICKY): {"last": "w1"}}))
    assert its.reasons["job"].awaited == "w1"
