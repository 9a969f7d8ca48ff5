"""Jobs split into chunks, through everything that can happen to a chord."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from celery import Celery

from executors.queues import CALLBACKS, queue_name
from executors.tasks import RUN_PART
from tests.support.gates import Gate
from tests.support.platform import Platform
from tests.support.process import Process

pytestmark = pytest.mark.faults


@pytest.fixture
def service(platform: Platform) -> Process:
    """The worker that runs the chord's body."""
    return platform.service_worker()


@pytest.fixture
def no_service(platform: Platform) -> None:
    """Nobody runs the chord's body."""
    if "service" in platform.processes:
        platform.kill("service")


@pytest.fixture(scope="module")
def workers_end(module_platform: Platform) -> Iterator[None]:
    """The workers of this module end with it."""
    yield
    module_platform.discard("left", "right")


@pytest.fixture
def two_workers(platform: Platform, workers_end: None) -> list[Process]:
    """Two executors with two slots each; those that a test killed are started anew."""
    return [platform.worker("left", pool="prefork"), platform.worker("right", pool="threads")]


def shards(*numbers: int, **last: Any) -> list[dict[str, Any]]:
    """Shards with these numbers; what is said of the `last` one."""
    made: list[dict[str, Any]] = [{"n": n} for n in numbers]
    made[-1] |= last
    return made


def submit(platform: Platform, members: list[dict[str, Any]], **fields: Any) -> str:
    payload = {"shards": members, **fields.pop("payload", {})}
    defaults = {"thread_demand": len(members)}
    return platform.client.submit_one("shards", payload, **(defaults | fields))


def chunks(platform: Platform, id_: str) -> dict[int, list[dict[str, Any]]]:
    """The executions of each chunk, oldest first."""
    found: dict[int, list[dict[str, Any]]] = {}
    for execution in platform.client.executions(id_):
        if execution["kind"] == "chunk":
            found.setdefault(execution["chunk"], []).append(execution)
    return found


def kinds(platform: Platform, id_: str) -> Counter[tuple[str, str]]:
    return Counter((its["kind"], its["state"]) for its in platform.client.executions(id_))


def result(platform: Platform, id_: str) -> tuple[str, Any]:
    platform.wait_final(id_)
    job = platform.client.job(id_)
    return job["status"], job["result"] or job["error"]["code"]


def executor_of(platform: Platform, execution: dict[str, Any]) -> str:
    """The name of the one that has the execution."""
    return "left" if execution["executor_id"] == platform.executor("left")["id"] else "right"


def test_chunks_are_spread_over_executors_and_combined_by_the_chord(
    platform: Platform, gate: Gate, two_workers: list[Process], service: Process
) -> None:
    id_ = submit(platform, shards(1, 2, 3, 4, latch=gate.payload()))
    gate.wait_reached()
    platform.wait_until(
        lambda: kinds(platform, id_)["chunk", "completed"] == 3, what="all have been sent"
    )
    # So that recovery can't do what the chord does, be it ever so slow.
    platform.kill("dispatcher")
    gate.open()
    platform.wait_until(
        lambda: kinds(platform, id_)["combine", "queued"], what="the chord's body has run"
    )
    platform.wait_until(lambda: "chunks_done" in service.said(), what="it says so")
    platform.dispatcher()
    assert result(platform, id_) == ("completed", {"n": 10})
    leases = [its for its in platform.client.leases(id_) if its["kind"] == "chunk"]
    assert len({lease["executor_id"] for lease in leases}) == 2
    assert kinds(platform, id_) == {("chunk", "completed"): 4, ("combine", "completed"): 1}
    assert platform.client.job(id_)["progress"]["message"] == "4 of 4 chunks"


def test_packed_chunks_share_an_executor(
    platform: Platform, two_workers: list[Process], service: Process
) -> None:
    id_ = submit(platform, shards(1, 2), placement="pack")
    assert result(platform, id_) == ("completed", {"n": 3})
    leases = [its for its in platform.client.leases(id_) if its["kind"] == "chunk"]
    assert len({lease["executor_id"] for lease in leases}) == 1


def test_more_chunks_than_slots_run_in_waves(
    platform: Platform, two_workers: list[Process], service: Process
) -> None:
    id_ = submit(platform, shards(*range(20)), thread_demand=3, chunks=20)
    assert result(platform, id_) == ("completed", {"n": 190})
    rows = [its for its in platform.client.executions(id_) if its["kind"] == "chunk"]
    at_once = [
        sum(
            a["started_at"] < b["completed_at"] and b["started_at"] <= a["started_at"] for b in rows
        )
        for a in rows
    ]
    assert max(at_once) <= 3


def test_chunk_that_fails_is_run_again_alone(
    platform: Platform, two_workers: list[Process], service: Process
) -> None:
    id_ = submit(platform, shards(1, 2, 3, fails=1))
    assert result(platform, id_) == ("completed", {"n": 6})
    assert {n: len(its) for n, its in chunks(platform, id_).items()} == {0: 1, 1: 1, 2: 2}
    assert platform.client.job(id_)["attempt"] == 2


def test_chunk_that_fails_for_good_takes_the_job_along(
    platform: Platform, gate: Gate, two_workers: list[Process], service: Process
) -> None:
    members = [{"n": 1, "latch": gate.payload()}, *shards(2, 3, fails=9)]
    id_ = submit(platform, members, max_attempts=1)
    assert result(platform, id_) == ("failed", "exception")
    assert "attempt 1 at shard 3 fails" in platform.client.job(id_)["error"]["message"]
    # The one that waits at its gate is told to stop; its slot is free without the gate opening.
    platform.check_invariants()
    assert chunks(platform, id_)[0][0]["state"] == "cancelled"


def test_worker_killed_under_a_chunk(
    platform: Platform, gate: Gate, two_workers: list[Process], service: Process
) -> None:
    id_ = submit(platform, shards(1, 2, 3, 4, latch=gate.payload()))
    gate.wait_reached()
    platform.wait_until(lambda: kinds(platform, id_)["chunk", "completed"] == 3)
    platform.die(executor_of(platform, chunks(platform, id_)[3][0]))
    gate.open()
    assert result(platform, id_) == ("completed", {"n": 10})
    attempts = {n: [its["state"] for its in rows] for n, rows in chunks(platform, id_).items()}
    assert attempts == {
        0: ["completed"], 1: ["completed"], 2: ["completed"], 3: ["lost", "completed"],
    }  # fmt: skip


def test_chunk_that_kills_its_process_fails_the_job(
    platform: Platform, two_workers: list[Process], service: Process
) -> None:
    platform.discard("right")  # under threads it would be the whole worker's end
    id_ = submit(platform, shards(1, 2, poison=True), max_attempts=2)
    assert result(platform, id_) == ("failed", "lost")
    assert [its["state"] for its in chunks(platform, id_)[1]] == ["lost", "lost"]


def test_header_delivered_twice(
    platform: Platform, gate: Gate, two_workers: list[Process], service: Process
) -> None:
    """On this result backend a duplicate takes the chord's counter with it."""
    id_ = submit(platform, shards(1, 2, latch=gate.payload()))
    gate.wait_reached()
    with Celery(broker=platform.valkey.url, set_as_current=False) as app:
        for lease in platform.client.leases(id_):
            queue = queue_name(executor_of(platform, lease))
            app.send_task(RUN_PART, task_id=str(lease["id"]), queue=queue)
    gate.open()
    assert result(platform, id_) == ("completed", {"n": 3})
    assert kinds(platform, id_) == {("chunk", "completed"): 2, ("combine", "completed"): 1}


def test_body_whose_message_is_lost(
    platform: Platform, no_service: None, two_workers: list[Process]
) -> None:
    """Nobody consumes the queue, and what is in it is taken out: recovery combines."""
    with redis.Redis.from_url(platform.valkey.url) as broker:
        id_ = submit(platform, shards(1, 2, 3))
        assert result(platform, id_) == ("completed", {"n": 6})
        names = platform.wait_until(
            lambda: [key for key in broker.keys(f"{CALLBACKS}*") if broker.type(key) == b"list"],
            what="the chord's body is in the broker",
        )
        assert broker.delete(*names)
    platform.wait_until(
        lambda: f"The chord of job {id_} did not end" in platform.processes["dispatcher"].said(),
        what="recovery says so",
    )


def test_broker_that_lost_its_data_under_a_chord(
    platform: Platform, gate: Gate, two_workers: list[Process], service: Process
) -> None:
    id_ = submit(platform, shards(1, 2, 3, latch=gate.payload()))
    gate.wait_reached()
    platform.valkey.restart()
    gate.open()
    assert result(platform, id_) == ("completed", {"n": 6})


def test_dispatcher_killed_in_the_middle_of_a_chord(
    platform: Platform, gate: Gate, two_workers: list[Process], service: Process
) -> None:
    id_ = submit(platform, shards(*range(8), latch=gate.payload()), thread_demand=4, chunks=8)
    gate.wait_reached()
    platform.processes["dispatcher"].kill()
    platform.dispatcher()
    gate.open()
    assert result(platform, id_) == ("completed", {"n": 28})


def test_combine_that_raises_fails_the_job(
    platform: Platform, two_workers: list[Process], service: Process
) -> None:
    id_ = submit(platform, shards(1, 2), payload={"broken": True}, max_attempts=1)
    assert result(platform, id_) == ("failed", "exception")
    assert "nothing fits together" in platform.client.job(id_)["error"]["message"]


def test_worker_killed_while_it_combines(
    platform: Platform, gate: Gate, two_workers: list[Process], service: Process
) -> None:
    id_ = submit(platform, shards(1, 2), payload={"latch": gate.payload()})
    gate.wait_reached()
    (combine,) = [its for its in platform.client.executions(id_) if its["kind"] == "combine"]
    platform.die(executor_of(platform, combine))
    gate.open()
    assert result(platform, id_) == ("completed", {"n": 3})
    assert kinds(platform, id_)["combine", "lost"] == 1


@pytest.mark.parametrize(
    ("members", "code"),
    [([], "bad_split"), ([{"n": n} for n in range(9)], "bad_split"), ([{"n": 1}], None)],
)
def test_splits_of_the_wrong_size(
    platform: Platform,
    two_workers: list[Process],
    service: Process,
    members: list[dict[str, Any]],
    code: str | None,
) -> None:
    id_ = submit(platform, members, thread_demand=2)
    status, outcome = result(platform, id_)
    assert (status, outcome) == (("failed", code) if code else ("completed", {"n": 1}))


def test_chunk_result_over_the_limit(
    platform: Platform, two_workers: list[Process], service: Process
) -> None:
    id_ = submit(platform, shards(1, 2, filler=2 * 1024 * 1024))
    assert result(platform, id_) == ("failed", "invalid_result")
    assert "bytes" in platform.client.job(id_)["error"]["message"]


def test_cancellation_stops_all_chunks_and_those_that_wait(
    platform: Platform, gates: Callable[[], Gate], two_workers: list[Process], service: Process
) -> None:
    waits = [gates(), gates()]
    members = [{"n": n, "latch": gate.payload()} for n, gate in enumerate(waits)]
    id_ = submit(platform, [*members, *shards(1, 2)], thread_demand=2, chunks=4)
    for gate in waits:
        gate.wait_reached()
    assert platform.client.cancel(id_) == {id_: "requested"}
    platform.wait_final(id_)
    assert platform.client.job(id_)["status"] == "cancelled"
    platform.check_invariants()
    assert kinds(platform, id_) == {("chunk", "cancelled"): 4}


def test_worker_that_drains_gives_its_chunks_to_others(
    platform: Platform, gate: Gate, two_workers: list[Process], service: Process
) -> None:
    id_ = submit(platform, shards(*range(12), latch=gate.payload()), thread_demand=4, chunks=12)
    gate.wait_reached()
    gate.open()
    platform.retire("left")
    assert result(platform, id_) == ("completed", {"n": 66})
    assert platform.client.job(id_)["attempt"] == 1


def test_jobs_that_ask_for_more_than_there_is(
    platform: Platform, two_workers: list[Process], service: Process
) -> None:
    single = submit(platform, shards(1), thread_demand=5)
    degraded = submit(platform, shards(1, 2, 3, 4), thread_demand=5, on_shortage="degrade")
    waiting = submit(platform, shards(1, 2, 3, 4, 5), on_shortage="wait")
    assert result(platform, single) == ("completed", {"n": 1})
    assert result(platform, degraded) == ("completed", {"n": 10})
    assert platform.client.job(single)["chunk_count"] is None
    assert platform.client.job(degraded)["chunk_count"] == 4
    assert platform.client.job(waiting)["status"] == "queued"
    platform.worker("third", slots=1)
    assert result(platform, waiting) == ("completed", {"n": 15})
    platform.discard("third")
