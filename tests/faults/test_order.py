"""The order in which queued jobs run, with a single slot."""

from __future__ import annotations

import pytest

from jobs import lifecycle
from tests.support.gates import Gate
from tests.support.platform import Platform

pytestmark = pytest.mark.faults


def test_higher_priority_runs_first_then_age(platform: Platform, gate: Gate) -> None:
    platform.worker("single", slots=1)
    first = platform.client.submit_one("latch", gate.payload())
    gate.wait_reached()
    submitted = {
        (priority, number): platform.client.submit_one(
            "add_numbers", {"a": priority, "b": number}, priority=priority
        )
        for number in range(2)
        for priority in (1, 9, 5)
    }
    raised = submitted[1, 1]
    with platform.database.transaction(cursor_factory=None) as cursor:
        assert lifecycle.set_priority(cursor, [raised], 8, "tester") == [raised]
    gate.open()
    platform.wait_final(first, *submitted.values())
    jobs = sorted(platform.client.jobs(list(submitted.values())), key=lambda job: job["started_at"])
    order = [(job["payload"]["a"], job["payload"]["b"]) for job in jobs]
    assert order == [(9, 0), (9, 1), (1, 1), (5, 0), (5, 1), (1, 0)]
    (event,) = platform.client.events(raised)
    assert (event["kind"], event["data"]) == ("priority_changed", {"from": 1, "to": 8})
    platform.discard("single")
