"""Jobs that run on every executor at once, and executors that do not survive it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.gates import Gate
from tests.support.platform import Platform
from tests.support.process import Process

pytestmark = pytest.mark.faults

NAMES = ["b1", "b2"]


@pytest.fixture(scope="module")
def workers_end(module_platform: Platform) -> Iterator[None]:
    """The workers of this module end with it."""
    yield
    module_platform.discard(*NAMES)


@pytest.fixture
def workers(platform: Platform, workers_end: None) -> list[Process]:
    """Two executors; those that a test killed are started anew."""
    return [platform.worker("b1", pool="prefork"), platform.worker("b2", pool="threads")]


def submit(platform: Platform, *gates: Gate | None, **payload: Any) -> str:
    latches = [gate and gate.payload() for gate in gates]
    return platform.client.submit_one(
        "herald", {"latches": latches, **payload}, load_balance_strategy="broadcast"
    )


def shards(platform: Platform, id_: str) -> list[tuple[int, str, int]]:
    """Number, state and attempt of each execution, oldest first."""
    found = platform.client.executions(id_)
    assert {its["kind"] for its in found} <= {"shard"}
    return [(its["chunk"], its["state"], its["attempt"]) for its in found]


def reports(*attempts: int) -> list[dict[str, Any]]:
    return [
        {
            "executor": name,
            "result": {"index": index, "total": len(NAMES), "attempt": attempt},
        }
        for index, (name, attempt) in enumerate(zip(NAMES, attempts, strict=True))
    ]


def test_each_executor_runs_a_shard_and_all_answers_are_kept(
    platform: Platform, workers: list[Process]
) -> None:
    id_ = submit(platform)
    platform.wait_final(id_)
    assert platform.client.job(id_)["result"] == reports(1, 1)


def test_one_that_is_busy_gets_its_shard_later(
    platform: Platform, workers: list[Process], gates: Callable[[], Gate]
) -> None:
    occupied = [gates(), gates()]
    blockers = platform.client.submit(
        "latch", *(gate.payload() for gate in occupied), requires={"executor": "b2"}
    )
    for gate in occupied:
        gate.wait_reached()
    id_ = submit(platform)
    platform.wait_until(
        lambda: (0, "completed", 1) in shards(platform, id_), what="the first shard is done"
    )
    assert shards(platform, id_) == [(0, "completed", 1), (1, "queued", 1)]
    for gate in occupied:
        gate.open()
    platform.wait_final(id_, *blockers)
    assert platform.client.job(id_)["result"] == reports(1, 1)


def test_a_process_killed_in_the_midst_of_its_shard(
    platform: Platform, workers: list[Process], gate: Gate
) -> None:
    id_ = submit(platform, gate)
    os.kill(gate.wait_reached(), signal.SIGKILL)
    gate.open()
    platform.wait_final(id_)
    assert platform.client.job(id_)["result"] == reports(2, 1)
    assert sorted(shards(platform, id_)) == [
        (0, "completed", 2),
        (0, "lost", 1),
        (1, "completed", 1),
    ]


def test_a_worker_killed_in_the_midst_of_its_shard_goes_on_with_it_when_it_is_back(
    platform: Platform, workers: list[Process], gate: Gate
) -> None:
    id_ = submit(platform, None, gate)
    gate.wait_reached()
    workers[1].kill()
    gate.open()
    platform.worker("b2", pool="threads")
    platform.wait_final(id_)
    assert platform.client.job(id_)["result"] == reports(1, 2)
    executors = {its["executor_id"] for its in platform.client.executions(id_) if its["chunk"]}
    assert executors == {platform.executor("b2")["id"]}


def test_an_executor_that_is_gone_for_good_fails_the_job(
    platform: Platform, workers: list[Process], gate: Gate
) -> None:
    id_ = submit(platform, None, gate)
    gate.wait_reached()
    platform.die("b2")
    platform.wait_until(lambda: (1, "queued", 2) in shards(platform, id_), what="it is noticed")
    assert platform.client.job(id_)["status"] == "running"
    pass_the_limit(platform, id_, "b2")
    platform.wait_final(id_)
    job = platform.client.job(id_)
    assert (job["status"], job["error"]["code"]) == ("failed", "executor_gone")
    assert job["error"]["message"].startswith("Executor b2 has a shard ")


def pass_the_limit(platform: Platform, id_: str, executor: str) -> None:
    """As if the executor had been away for an hour, and the shard had waited so long."""
    platform.age(executor)
    platform.database.query(
        """
        UPDATE executors_execution SET available_at = available_at - interval '1 h'
         WHERE job_id = %s AND state = 'queued'
        """,
        [id_],
    )


def test_a_cancelled_one_stops_everywhere(
    platform: Platform, workers: list[Process], gates: Callable[[], Gate]
) -> None:
    here, there = gates(), gates()
    id_ = submit(platform, here, there)
    here.wait_reached()
    there.wait_reached()
    assert platform.client.cancel(id_) == {id_: "requested"}
    platform.wait_final(id_)
    assert platform.client.job(id_)["status"] == "cancelled"
    assert not {state for _, state, _ in shards(platform, id_)} & {"completed", "queued"}


def test_a_shard_that_fails_is_tried_again_where_it_was(
    platform: Platform, workers: list[Process]
) -> None:
    id_ = submit(platform, fails=1)
    platform.wait_final(id_)
    assert platform.client.job(id_)["result"] == reports(2, 1)


def test_a_shard_that_fails_for_good_fails_the_job_and_stops_the_others(
    platform: Platform, workers: list[Process], gate: Gate
) -> None:
    id_ = platform.client.submit_one(
        "herald",
        {"latches": [None, gate.payload()], "fails": 9},
        load_balance_strategy="broadcast",
        max_attempts=1,
    )
    platform.wait_final(id_)
    job = platform.client.job(id_)
    assert (job["status"], job["error"]["code"]) == ("failed", "exception")
    platform.check_invariants()


def test_who_joins_late_is_not_included(
    platform: Platform, workers: list[Process], gate: Gate
) -> None:
    id_ = submit(platform, gate)
    gate.wait_reached()
    platform.worker("b3", pool="threads")
    gate.open()
    platform.wait_final(id_)
    assert platform.client.job(id_)["result"] == reports(1, 1)
    platform.discard("b3")


def test_the_dispatcher_is_killed_between_shards(
    platform: Platform, workers: list[Process], gate: Gate
) -> None:
    id_ = submit(platform, gate)
    gate.wait_reached()
    platform.dispatcher().kill()
    gate.open()
    platform.wait_until(
        lambda: (0, "completed", 1) in shards(platform, id_), what="its shard is done"
    )
    platform.dispatcher()
    platform.wait_final(id_)
    assert platform.client.job(id_)["result"] == reports(1, 1)
