"""Cancellation of jobs in every place where they can be."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.support.gates import Gate
from tests.support.platform import Platform
from tests.support.process import Process

pytestmark = pytest.mark.faults


def test_running_job_that_heeds_it(platform: Platform, worker: Process, gate: Gate) -> None:
    id_ = platform.client.submit_one("latch", gate.payload())
    gate.wait_reached()
    assert platform.client.cancel(id_) == {id_: "requested"}
    platform.wait_final(id_)
    job = platform.client.job(id_)
    assert (job["status"], job["attempt"], job["error"]["code"]) == ("cancelled", 1, "cancelled")
    assert [e["state"] for e in platform.client.executions(id_)] == ["cancelled"]
    (event,) = platform.client.events(id_)
    assert (event["kind"], event["actor"]) == ("cancel_requested", "tester")


def test_running_job_that_does_not_heed_it(
    platform: Platform, worker: Process, pool: str, gate: Gate
) -> None:
    """It is ended by force after the grace time where that hurts nobody else."""
    id_ = platform.client.submit_one("stubborn", gate.payload(heed=False))
    gate.wait_reached()
    assert platform.client.cancel(id_) == {id_: "requested"}
    if pool == "threads":
        gate.open()
    platform.wait_final(id_)
    expected = {"prefork": "cancelled", "threads": "completed"}[pool]
    assert platform.client.job(id_)["status"] == expected
    assert len(platform.client.executions(id_)) == 1
    assert worker.is_running()


def test_queued_job_and_one_assigned_behind_it(
    platform: Platform, worker: Process, gates: Callable[[], Gate]
) -> None:
    running = [gates(), gates()]
    for gate in running:
        platform.client.submit_one("latch", gate.payload())
        gate.wait_reached()
    queued = platform.client.submit("echo", *({"n": n} for n in range(5)))
    fates = platform.client.cancel(*queued)
    for gate in running:
        gate.open()
    platform.wait_final(*queued)
    assert platform.client.statuses(queued) == {"cancelled": 5}
    assert set(fates.values()) <= {"cancelled", "requested"}
    jobs = platform.client.jobs(queued)
    assert all(job["result"] is None for job in jobs)


def test_member_of_a_batch_that_has_not_started(
    platform: Platform, worker: Process, gates: Callable[[], Gate]
) -> None:
    platform.learn("member", *({"n": n} for n in range(20)))
    gate, other = gates(), gates()
    platform.client.submit_one("latch", other.payload())
    other.wait_reached()
    ids = platform.client.submit(
        "member", {"n": 0, "latch": gate.payload()}, *({"n": n} for n in range(1, 20))
    )
    gate.wait_reached()
    assert platform.client.cancel(ids[-1]).keys() == {ids[-1]}
    gate.open()
    other.open()
    platform.wait_final(*ids)
    assert platform.client.statuses(ids) == {"completed": 19, "cancelled": 1}
    assert platform.client.job(ids[-1])["status"] == "cancelled"


def test_job_that_waits_for_its_next_attempt(platform: Platform, worker: Process) -> None:
    policy = json.dumps({"strategy": "list", "delays": [3600]})
    id_ = platform.client.submit_one("fail_until", {"n": 2}, retry=policy)
    platform.wait_until(lambda: platform.client.job(id_)["status"] == "scheduled")
    assert platform.client.cancel(id_) == {id_: "cancelled"}
    assert platform.client.job(id_)["status"] == "cancelled"


def test_failing_attempt_is_not_followed_by_another(
    platform: Platform, worker: Process, gate: Gate
) -> None:
    """It was asked to stop, went on, and then failed by itself."""
    words = {"word": "no", "fails": True} | {k: gate.payload()[k] for k in ("started", "gate")}
    id_ = platform.client.submit_one("speak", words)
    platform.wait_until(gate.is_reached, what="it waits at its gate")
    assert platform.client.cancel(id_) == {id_: "requested"}
    gate.open()
    platform.wait_final(id_)
    assert platform.client.job(id_)["status"] == "cancelled"
    assert len(platform.client.executions(id_)) == 1
