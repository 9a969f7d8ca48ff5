"""Many jobs of many widths at once: no executor ever has more work than slots."""

from __future__ import annotations

import random

import pytest

from tests.support.platform import Platform

pytestmark = pytest.mark.faults


def test_slots_are_never_oversubscribed(platform: Platform) -> None:
    chance = random.Random(20261121)
    platform.service_worker()
    platform.worker("narrow", slots=3, pool="prefork")
    platform.worker("broad", slots=4, pool="threads")
    ids = platform.client.submit("noop", *({} for _ in range(300)))
    for _ in range(40):
        width = chance.choice([1, 2, 3, 4])
        nap = {"n": width, "seconds": chance.choice([0.001, 0.02])}
        ids.append(platform.client.submit_one("nap", nap, thread_demand=width))
        shards = [{"n": n} for n in range(chance.randint(2, 7))]
        ids.append(
            platform.client.submit_one(
                "shards",
                {"shards": shards},
                thread_demand=chance.randint(1, 7),
                chunks=len(shards),
                placement=chance.choice(["spread", "pack"]),
                on_shortage=chance.choice(["single", "degrade"]),
                priority=chance.randint(0, 9),
            )
        )
    platform.wait_final(*ids, limit=180)
    assert platform.client.statuses(ids) == {"completed": len(ids)}
    # CLAIMED_WITHIN_SLOTS adds up what each executor had at each moment.
    platform.check_invariants()
    given = platform.database.query(
        "SELECT DISTINCT slots FROM executors_lease WHERE kind = 'whole' ORDER BY slots"
    )
    assert [row["slots"] for row in given] == [1, 2, 3, 4]
    platform.discard("narrow", "broad")
