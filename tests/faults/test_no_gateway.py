"""A platform whose gateway is gone, and comes back; and the rows that tell of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.places import Place, accepted, call_back, calls
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


def is_gone(platform: Platform) -> bool:
    """Whether all gateways, those that ended too, have been silent for the limit."""
    return not platform.database.query(
        """
        SELECT id FROM executors_process
         WHERE role = 'gateway' AND last_beat > now() - %s * interval '1 s'
        """,
        [float(platform.environment["HEARTBEAT_LIMIT"])],
    )


def test_a_typed_job_moves_to_a_worker_and_what_has_begun_stays(
    platform: Platform, place: Place, web: str, worker: str
) -> None:
    gateway = platform.gateway()
    with LocalServer(accept) as server:
        place.add(server.url, slots=2, types=["echo"])
        begun = platform.client.submit_one("echo", {"n": 1})
        platform.wait_until(lambda: accepted(platform, begun), what="a call is accepted")
        # So that the next one is handed over, and the gateway never hears of it.
        platform.valkey.kill()
        handed_over = platform.client.submit_one("echo", {"n": 2})
        platform.wait_until(lambda: platform.client.leases(handed_over), what="a lease is made")
        gateway.kill()
        platform.valkey.restart()
        platform.worker(worker, slots=1, pool="threads")
        platform.wait_final(handed_over)
        assert platform.client.job(begun)["status"] == "running"
        (call,) = calls(server)
        assert call_back(web, call, {"n": 1})

    job = platform.client.job(handed_over)
    assert (job["status"], job["attempt"], job["executor"]) == ("completed", 1, worker)
    states = [its["state"] for its in platform.client.executions(handed_over)]
    assert states == ["released", "completed"]
    job = platform.client.job(begun)
    assert (job["status"], job["attempt"], job["executor"]) == (
        "completed", 1, f"{place.group}:one"
    )  # fmt: skip


def test_all_goes_on_when_a_gateway_comes_back(platform: Platform, place: Place, web: str) -> None:
    platform.no_gateway()
    platform.wait_until(lambda: is_gone(platform), what="the gateway is judged dead")
    with LocalServer(accept) as server:
        place.add(server.url)
        id_ = place.submit()
        platform.wait_until(
            lambda: "No gateway runs" in platform.manage("explain", id_), what="it is said why"
        )
        assert platform.client.executions(id_) == []
        platform.gateway()
        platform.wait_until(lambda: calls(server), what="the call is made")
        assert call_back(web, calls(server)[0], "done")

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
    gateway.kill()
    assert platform.database.one(
        "SELECT ended_at IS NULL FROM executors_process WHERE pid = %s", [gateway.pid]
    )
    platform.wait_until(
        lambda: not platform.is_alive("gateway", gateway.pid), what="it is judged dead"
    )
