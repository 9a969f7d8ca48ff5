"""What placement hands HTTP executors, which have no queue and know of no chunks."""

from __future__ import annotations

from collections import Counter

from executors.states import ExecutionKind, Protocol
from scheduling.dispatching.wanted import how_many
from scheduling.placement import Capacity, LiveLease, Obstacle, Plan, QueuedJob, plan
from tests.scheduling.fleets import DURATIONS, LIMITS, POLICY


def make(protocol: Protocol, name: str, slots: int = 2, **fields: object) -> Capacity:
    types = frozenset({"quick", "short"})
    return Capacity(name, name, slots, types, protocol=protocol, **fields)  # type: ignore[arg-type]


def http(name: str = "http", **fields: object) -> Capacity:
    return make(Protocol.HTTP, name, **fields)  # type: ignore[arg-type]


def worker(name: str = "worker", **fields: object) -> Capacity:
    return make(Protocol.CELERY, name, **fields)  # type: ignore[arg-type]


def jobs(count: int, **fields: object) -> list[QueuedJob]:
    defaults = {"type": "quick", "priority": 5, "age": 1.0}
    return [QueuedJob(id=f"{n:03}", **(defaults | fields)) for n in range(count)]  # type: ignore[arg-type]


def run(queue: list[QueuedJob], *fleet: Capacity) -> Plan:
    return plan(queue, list(fleet), DURATIONS, LIMITS, POLICY, {})


def sizes(made: Plan) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for its in made.placements:
        found.setdefault(its.executor.executor, []).append(len(its.jobs))
    return found


def test_one_job_for_each_free_slot() -> None:
    assert sizes(run(jobs(50), http(slots=3))) == {"http": [1, 1, 1]}
    assert max(sizes(run(jobs(50), worker(slots=3)))["worker"]) > 1


def test_nothing_ahead_of_a_free_slot() -> None:
    busy = [LiveLease("quick"), LiveLease("quick")]

    assert not run(jobs(5), http(leases=busy)).placements
    assert run(jobs(5), worker(leases=busy)).placements


def test_one_that_is_busy_gets_nothing() -> None:
    made = run(jobs(2), http(refuses=True))

    assert not made.placements
    assert made.reasons["000"].obstacle is Obstacle.BUSY


def test_beside_a_worker_each_is_handed_things_in_its_way() -> None:
    found = sizes(run(jobs(100), http(slots=2), worker(slots=2)))

    assert found["http"] == [1, 1]
    assert max(found["worker"]) > 1


def test_chunks_are_for_workers() -> None:
    (job,) = jobs(1, type="short", chunkable=True, thread_demand=4)
    made = run([job], http("a", slots=4), worker("b", slots=4))

    (fan_out,) = made.fan_outs
    assert {its.executor for its in fan_out.executors} == {"b"}


def test_what_only_http_executors_can_run_is_not_split() -> None:
    (job,) = jobs(1, type="short", chunkable=True, thread_demand=2)
    made = run([job], http(slots=2))

    assert not made.fan_outs
    assert [(its.executor.executor, its.slots) for its in made.placements] == [("http", 2)]


def test_parts_of_what_was_split_wait_for_workers() -> None:
    (job,) = jobs(1, type="short", kind=ExecutionKind.CHUNK, parts=("p1", "p2"))

    assert not run([job], http(slots=4)).parts
    made = run([job], http(slots=4), worker(slots=1))
    assert [its.executor.executor for its in made.parts] == ["worker"]


def test_no_more_is_read_than_can_be_handed_over() -> None:
    assert how_many([http(slots=3)], DURATIONS, LIMITS) == {"quick": 3, "short": 3}
    read = Counter(how_many([http(slots=3), worker(slots=1)], DURATIONS, LIMITS))
    assert read["quick"] == 3 + LIMITS.jobs
