"""Gateways, HTTP executors, brokers and web processes that go away while a job is on its way."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import requests

from tests.faults.places import Place, call_back, calls, is_accepted, wait_accepted
from tests.support.local_server import Exchange, LocalServer
from tests.support.members import accept
from tests.support.platform import Platform

pytestmark = pytest.mark.faults


def test_killed_between_the_claim_and_the_answer(
    platform: Platform, place: Place, web: str
) -> None:
    answering = threading.Event()

    async def behaviour(it: Exchange) -> None:
        if answering.is_set():
            await accept(it)
        else:
            await it.writer.wait_closed()

    platform.no_gateway()
    gateway = platform.gateway(HAND_OVER_SECONDS="60")
    with LocalServer(behaviour) as server:
        place.add(server.url)
        id_ = place.submit()
        (first,) = platform.wait_until(lambda: calls(server), what="the call is made")
        gateway.kill()
        answering.set()
        platform.gateway()
        second = wait_accepted(platform, server, id_)
        assert not call_back(web, first, "first")
        assert call_back(web, second, "second")
        assert not call_back(web, second, "third")

    job = platform.client.job(id_)
    assert (job["status"], job["attempt"], job["result"]) == ("completed", 1, "second")
    *given_back, done = [its["state"] for its in platform.client.executions(id_)]
    assert (set(given_back), done) == ({"released"}, "completed")


def test_killed_after_the_acceptance(platform: Platform, place: Place, web: str) -> None:
    gateway = platform.gateway()
    with LocalServer(accept) as server:
        place.add(server.url)
        id_ = place.submit()
        call = wait_accepted(platform, server, id_)
        gateway.kill()
        assert call_back(web, call, "done")

    job = platform.client.job(id_)
    assert (job["status"], job["attempt"], job["result"]) == ("completed", 1, "done")


@contextmanager
def executor_process(platform: Platform) -> Iterator[tuple[str, Callable[[], None]]]:
    """An executor that takes every call and never reports: its address, and how to kill it."""
    process = platform.process("http", sys.executable, "-m", "tests.support.members")
    platform.wait_until(lambda: "http://" in process.said(), what="the executor listens")
    yield process.said().strip(), process.kill
    process.kill()


def test_an_executor_is_killed_and_another_takes_over(
    platform: Platform, place: Place, web: str
) -> None:
    platform.gateway()
    with executor_process(platform) as (url, kill), LocalServer(accept) as other:
        place.add(url, "killed", health_check_url=f"{url}/health", next_check_at="now")
        id_ = place.submit()
        platform.wait_until(lambda: is_accepted(platform, id_), what="the call is accepted")
        place.add(other.url, "other")
        kill()
        call = wait_accepted(platform, other, id_)
        assert platform.executor(f"{place.group}:killed")["status"] == "offline"
        assert call_back(web, call, "by another")

    job = platform.client.job(id_)
    assert (job["status"], job["attempt"], job["result"]) == ("completed", 2, "by another")
    (event,) = platform.client.events(id_)
    assert event["kind"] == "lost"


@pytest.mark.parametrize("status", [409, 500, 503])
def test_another_gets_what_one_does_not_take(
    platform: Platform, place: Place, web: str, status: int
) -> None:
    async def behaviour(it: Exchange) -> None:
        await it.answer(status)

    platform.gateway()
    with LocalServer(behaviour) as first, LocalServer(accept) as second:
        place.add(first.url, "first")
        id_ = place.submit()
        platform.wait_until(lambda: calls(first), what="the first is asked")
        place.add(second.url, "second")
        call = wait_accepted(platform, second, id_)
        assert call_back(web, call, "by the second")

    job = platform.client.job(id_)
    assert (job["status"], job["attempt"], job["result"]) == ("completed", 1, "by the second")
    *refused, done = [its["state"] for its in platform.client.executions(id_)]
    assert (set(refused), done) == ({"released"}, "completed")


def test_an_executor_comes_back_by_itself(platform: Platform, place: Place) -> None:
    platform.gateway()
    well = threading.Event()

    async def behaviour(it: Exchange) -> None:
        await it.answer(200 if well.is_set() else 503)

    name = f"{place.group}:one"
    with LocalServer(behaviour) as server:
        place.add(server.url, health_check_url=f"{server.url}/health", next_check_at="now")
        platform.wait_until(lambda: platform.executor(name)["status"] == "offline")
        well.set()
        platform.wait_until(lambda: platform.executor(name)["status"] == "online")


def test_the_broker_forgets_the_message(platform: Platform, place: Place, web: str) -> None:
    platform.no_gateway()
    with LocalServer(accept) as server:
        place.add(server.url)
        with platform.gateway_elsewhere():
            id_ = place.submit()
            platform.wait_until(lambda: platform.client.leases(id_), what="a lease is made")
            platform.valkey.restart()
            platform.gateway()
        assert call_back(web, wait_accepted(platform, server, id_), "done")

    assert platform.client.job(id_)["status"] == "completed"


def test_the_web_process_is_away_while_a_job_ends(
    platform: Platform, place: Place, web: str, port: int
) -> None:
    """What calls back has to try again; the execution waits for it."""
    platform.processes["web"].kill()
    platform.gateway()
    with LocalServer(accept) as server:
        place.add(server.url)
        id_ = place.submit()
        call = wait_accepted(platform, server, id_)
        with pytest.raises(requests.ConnectionError):
            call_back(web, call, "done")
        assert platform.client.job(id_)["status"] == "running"
        platform.web(port)
        assert call_back(web, call, "done")
        assert not call_back(web, call, "done")

    assert platform.client.job(id_)["status"] == "completed"


def test_a_gateway_that_ends_gives_back_what_it_could_not_hand_over(
    platform: Platform, place: Place, web: str
) -> None:
    answering = threading.Event()

    async def behaviour(it: Exchange) -> None:
        if answering.is_set():
            await accept(it)
        else:
            await it.writer.wait_closed()

    platform.no_gateway()
    gateway = platform.gateway("ending", HAND_OVER_SECONDS="60")
    with LocalServer(behaviour) as server:
        place.add(server.url)
        id_ = place.submit()
        platform.wait_until(lambda: calls(server), what="the call is made")
        gateway.terminate()
        assert gateway.wait() == 0, platform.describe()
        answering.set()
        assert platform.client.executions(id_)[0]["state"] == "released"
        platform.gateway()
        assert call_back(web, wait_accepted(platform, server, id_), "done")

    assert platform.client.job(id_)["status"] == "completed"


@pytest.mark.parametrize("pool", ["prefork", "solo"])
def test_any_pool_hands_over(platform: Platform, place: Place, web: str, pool: str) -> None:
    platform.no_gateway()
    gateway = platform.gateway(f"gateway-{pool}", pool=pool)
    with LocalServer(accept) as server:
        place.add(server.url)
        id_ = place.submit()
        assert call_back(web, wait_accepted(platform, server, id_), "done")
    gateway.terminate()
    assert gateway.wait() == 0, platform.describe()
    assert platform.client.job(id_)["status"] == "completed"
