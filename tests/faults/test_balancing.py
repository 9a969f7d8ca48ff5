"""What load-balance strategies remember outlives the dispatcher that leads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.platform import Platform

pytestmark = pytest.mark.faults

NAMES = ["r1", "r2", "r3"]


@pytest.fixture(scope="module")
def workers(module_platform: Platform) -> Iterator[None]:
    """Three executors with room for more than a test hands them."""
    for name in NAMES:
        module_platform.worker(name, slots=4, pool="threads")
    yield
    module_platform.discard(*NAMES)


def places(platform: Platform, strategy: str, count: int) -> list[str]:
    """Where so many jobs ran, one after another."""
    found = []
    for n in range(count):
        id_ = platform.client.submit_one("echo", {"n": n}, load_balance_strategy=strategy)
        platform.wait_final(id_)
        found.append(platform.client.job(id_)["executor"])
    return found


@pytest.mark.parametrize("strategy", ["round_robin", "least_recently_used"])
def test_the_next_leader_goes_on_where_the_last_one_was(
    platform: Platform, workers: None, strategy: str
) -> None:
    leader = platform.dispatcher()
    standby = platform.dispatcher("standby", leads=False)
    assert places(platform, strategy, 4) == ["r1", "r2", "r3", "r1"]
    leader.kill()
    platform.wait_until(lambda: platform.leads(standby), what="the standby leads")
    assert places(platform, strategy, 3) == ["r2", "r3", "r1"]
    standby.kill()
    platform.dispatcher()
    assert places(platform, strategy, 2) == ["r2", "r3"]


def test_no_turn_is_lost_or_doubled_while_leaders_are_killed(
    platform: Platform, workers: None
) -> None:
    """State and leases are one transaction: the turns add up, whenever the leader is killed."""
    ids: list[str] = []
    for _ in range(3):
        leader = platform.dispatcher()
        naps = ({"n": n, "seconds": 0.01} for n in range(20))
        ids += platform.client.submit("nap", *naps, load_balance_strategy="random", timeout=60.0)
        leader.kill()
    platform.dispatcher()
    platform.wait_final(*ids)
    draws = platform.database.one(
        "SELECT state->>'draws' FROM executors_loadbalancestate WHERE subject = 'type:nap'"
    )
    # A job is drawn for, whether or not it shares its lease with others.
    executions = platform.database.one(
        "SELECT count(*) FROM executors_execution WHERE job_id = ANY(%s::uuid[])", [ids]
    )
    assert int(draws) == executions >= 60
