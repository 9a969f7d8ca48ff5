"""A platform whose gateway is gone, and comes back; and the rows that tell of it."""

from __future__ import annotations

from collections.abc import Iterator
from subprocess import CalledProcessError

import pytest

from tests.faults.places import Place, call_back, wait_accepted
from tests.support.local_server import LocalServer
from tests.support.members import accept
from tests.support.platform import Platform

pytestmark = pytest.mark.faults


@pytest.fixture
def worker(platform: Platform) -> Iterator[str]:
    """The name of a worker that a test may start; it is gone in the end."""
    yield "w-typed"
    if "w-typed" in platform.processes:
        platform.discard("w-typed")


def test_a_typed_job_moves_to_a_worker_and_what_has_begun_stays(
    platform: Platform, place: Place, web: str, worker: str
) -> None:
    platform.gateway()
    with LocalServer(accept) as server:
        place.add(server.url, slots=2, types=["echo"])
        begun = platform.client.submit_one("echo", {"n": 1})
        call = wait_accepted(platform, server, begun)
        # So that the next one is handed over, and the gateway never hears of it.
        platform.valkey.kill()
        handed_over = platform.client.submit_one("echo", {"n": 2})
        platform.wait_until(lambda: platform.client.leases(handed_over), what="a lease is made")
        platform.no_gateway()
        platform.age_gateways()
        platform.valkey.restart()
        platform.worker(worker, slots=1, pool="threads")
        platform.wait_final(handed_over)
        assert platform.client.job(begun)["status"] == "running"
        assert call_back(web, call, {"n": 1})

    job = platform.client.job(handed_over)
    assert (job["status"], job["attempt"], job["executor"]) == ("completed", 1, worker)
    *given_back, done = [its["state"] for its in platform.client.executions(handed_over)]
    assert (set(given_back), done) == ({"released"}, "completed")
    job = platform.client.job(begun)
    assert (job["status"], job["attempt"], job["executor"]) == (
        "completed", 1, f"{place.group}:one"
    )  # fmt: skip


def test_all_goes_on_when_a_gateway_comes_back(platform: Platform, place: Place, web: str) -> None:
    platform.no_gateway()
    platform.age_gateways()
    with LocalServer(accept) as server:
        place.add(server.url)
        id_ = place.submit()
        platform.wait_until(
            lambda: "No gateway runs" in platform.manage("explain", id_), what="it is said why"
        )
        assert platform.client.executions(id_) == []
        platform.gateway()
        assert call_back(web, wait_accepted(platform, server, id_), "done")

    assert platform.client.job(id_)["status"] == "completed"


def test_gateways_and_web_processes_come_and_go_in_rows(platform: Platform, web: str) -> None:
    platform.no_gateway()
    gateway, web_process = platform.gateway(), platform.processes["web"]
    platform.wait_until(lambda: platform.is_alive("web", web_process.pid), what="the web is there")
    for process, role in [(gateway, "gateway"), (web_process, "web")]:
        process.terminate()
        process.wait()
        assert not platform.is_alive(role, process.pid), platform.describe()
        assert platform.database.one(
            "SELECT ended_at FROM executors_process WHERE pid = %s", [process.pid]
        )

    gateway = platform.gateway()
    platform.no_gateway()
    assert platform.database.one(
        "SELECT ended_at IS NULL FROM executors_process WHERE pid = %s", [gateway.pid]
    )
    platform.age_gateways()
    with pytest.raises(CalledProcessError):
        platform.manage("alive", "gateway")
