"""A broker that is killed, loses its data, or is away for a while."""

from __future__ import annotations

import pytest
import redis

from executors.queues import queue_name
from tests.support.gates import Gate
from tests.support.platform import Platform
from tests.support.process import Process

pytestmark = pytest.mark.faults

RECONNECTED = 240.0
"""Seconds; Celery waits for 2, 4, 6, … s between its tries to reach a broker."""


def restart_broker(platform: Platform) -> None:
    """It comes back empty."""
    platform.valkey.kill()
    platform.valkey.start()


def holds_messages(platform: Platform, worker: str) -> bool:
    """Whether the broker has any for this worker, of whatever priority."""
    with redis.Redis.from_url(platform.valkey.url) as broker:
        return bool(broker.keys(f"{queue_name(worker)}*"))


def test_messages_that_the_broker_lost_are_sent_again(platform: Platform) -> None:
    worker = platform.worker("w1")
    worker.freeze()
    ids = platform.client.submit("echo", *({"n": n} for n in range(10)))
    platform.wait_until(
        lambda: platform.vouch_for("w1") and holds_messages(platform, "w1"),
        what="messages are in the broker",
    )
    restart_broker(platform)
    worker.thaw()
    platform.wait_final(*ids, limit=RECONNECTED)
    assert {(job["status"], job["attempt"]) for job in platform.client.jobs(ids)} == {
        ("completed", 1)
    }
    platform.discard("w1")


def test_what_runs_goes_on_while_the_broker_is_away(
    platform: Platform, worker: Process, gate: Gate
) -> None:
    running = platform.client.submit_one("latch", gate.payload())
    gate.wait_reached()
    platform.valkey.kill()
    queued = platform.client.submit("echo", *({"n": n} for n in range(10)))
    beats = platform.executor(worker.name)["last_heartbeat"]
    platform.wait_until(
        lambda: platform.executor(worker.name)["last_heartbeat"] > beats, what="heartbeats go on"
    )
    platform.wait_until(
        lambda: "assigned" in platform.client.statuses(queued), what="the dispatcher goes on"
    )
    platform.valkey.start()
    platform.wait_final(*queued, limit=RECONNECTED)
    (lease,) = platform.client.leases(running)
    platform.wait_until(
        lambda: platform.executor(worker.name)["held"] == [lease["id"]],
        what="it still knows what it works on",
    )
    gate.open()
    platform.wait_final(running)
    jobs = platform.client.jobs([running, *queued])
    assert {(job["status"], job["attempt"]) for job in jobs} == {("completed", 1)}
    assert len(platform.client.executions(running)) == 1


def test_result_is_kept_when_it_comes_while_the_broker_is_away(
    platform: Platform, worker: Process, gate: Gate
) -> None:
    running = platform.client.submit_one("latch", gate.payload())
    gate.wait_reached()
    platform.valkey.kill()
    gate.open()
    platform.wait_final(running)
    assert platform.client.job(running)["status"] == "completed"
    platform.valkey.start()
    good = platform.client.submit_one("echo", {"n": 1})
    platform.wait_final(good, limit=RECONNECTED)
