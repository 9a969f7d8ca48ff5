"""Dispatchers that are killed or frozen."""

from __future__ import annotations

import os
import signal

import pytest

from tests.support.gates import Gate
from tests.support.platform import Platform

pytestmark = pytest.mark.faults


def test_killed_after_commit_and_before_publish(platform: Platform) -> None:
    platform.worker("w1")
    # A dispatcher that has never published has no connection to the broker yet, and can't make
    # one while the broker is frozen: so nothing of what it would publish is under way.
    platform.dispatcher().kill()
    dispatcher = platform.dispatcher()
    os.kill(platform.valkey.pid, signal.SIGSTOP)
    ids = platform.client.submit("echo", *({"n": n} for n in range(5)))
    platform.wait_until(
        lambda: "assigned" in platform.client.statuses(ids), what="leases are committed"
    )
    dispatcher.kill()
    os.kill(platform.valkey.pid, signal.SIGCONT)
    platform.dispatcher()
    platform.wait_final(*ids)
    assert platform.client.statuses(ids) == {"completed": 5}
    assert {job["attempt"] for job in platform.client.jobs(ids)} == {1}
    sent_again = platform.database.query(
        "SELECT id FROM executors_lease WHERE published_at > assigned_at"
    )
    assert sent_again
    platform.discard("w1")


def test_killed_in_the_middle_of_many_jobs(platform: Platform) -> None:
    platform.worker("w1")
    ids: list[str] = []
    # If all are done before it is dead, it was not in the middle.
    while platform.client.are_final(ids):
        dispatcher = platform.dispatcher()
        ids = platform.client.submit("nap", *({"n": n, "seconds": 0.008} for n in range(1000)))
        platform.wait_until(
            lambda ids=ids: platform.client.statuses(ids)["completed"] > 20, what="some are done"
        )
        dispatcher.kill()
    platform.dispatcher()
    platform.wait_final(*ids)
    assert platform.client.statuses(ids) == {"completed": 1000}
    assert {job["attempt"] for job in platform.client.jobs(ids)} == {1}
    platform.discard("w1")


def test_frozen_leader_is_replaced_and_can_write_nothing(platform: Platform, gate: Gate) -> None:
    platform.worker("w1")
    leader = platform.dispatcher()
    session = platform.leading_session("dispatcher")
    standby = platform.dispatcher("standby", leads=False)
    leader.freeze()
    ids = platform.client.submit("echo", *({"n": n} for n in range(20)))
    platform.wait_until(lambda: platform.leads(standby), what="the standby leads")
    platform.wait_closed(session)
    platform.wait_final(*ids)
    # It wakes with a job in the queue, and the only session that it could write on is gone.
    leader.thaw()
    more = platform.client.submit("echo", *({"n": n} for n in range(20)))
    platform.wait_until(lambda: "No longer the leader" in leader.said(), what="it stands by")
    platform.wait_final(*more)
    assert not platform.client.run_twice(ids + more)
    standby.terminate()
    assert standby.wait() == 0
    platform.wait_until(lambda: platform.leads(leader), what="the first leads again")
    platform.discard("w1")
