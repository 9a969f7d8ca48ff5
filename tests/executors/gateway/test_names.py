"""Lookups of names end in time, and those of one name are one."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from threading import Event

import pytest

from executors.gateway.names import PATIENT_MOST, THREADS, Names
from tests.support.waiting import wait_until

LONG = 60.0
"""Seconds that no test waits for."""
IN_TURN = THREADS // 2
"""Threads that a group gets which is alone."""


class NameServer:
    """Answers for `dead` only once it is let, has nothing for `none`, and counts."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.may_answer = Event()

    def ask(self, host: str) -> list[str]:
        self.asked.append(host)
        if host.startswith("dead"):
            assert self.may_answer.wait(LONG)
        if host == "none":
            raise socket.gaierror(socket.EAI_NONAME, "not known")
        return ["127.0.0.1"]


@pytest.fixture
def server() -> Iterator[NameServer]:
    it = NameServer()
    yield it
    it.may_answer.set()


async def all_of(names: Names, hosts: list[str]) -> list[list[str] | BaseException]:
    found = (names.resolve(host, "group") for host in hosts)
    return await asyncio.wait_for(asyncio.gather(*found, return_exceptions=True), LONG / 2)


def test_a_thread_waits_for_a_dead_name_server_for_a_time_only(server: NameServer) -> None:
    names = Names(server.ask, seconds=0.1)
    with pytest.raises(TimeoutError, match="dead"):
        names.resolve_now("dead", "group")
    assert not server.may_answer.is_set()


def test_a_dead_name_takes_one_thread_however_many_ask(server: NameServer) -> None:
    names = Names(server.ask, seconds=0.1)
    found = asyncio.run(all_of(names, ["dead"] * (THREADS + 1)))
    assert {type(one) for one in found} == {TimeoutError}
    assert asyncio.run(all_of(names, ["dead"]))[0].__class__ is TimeoutError
    wait_until(lambda: server.asked, what="the thread asks")
    names._seconds = LONG
    assert asyncio.run(all_of(names, ["fine"])) == [["127.0.0.1"]]
    assert server.asked == ["dead", "fine"]


def test_all_who_wait_get_the_answer_though_one_is_cancelled(server: NameServer) -> None:
    names = Names(server.ask, seconds=LONG)

    async def look() -> None:
        first = asyncio.ensure_future(names.resolve("dead", "group"))
        others = asyncio.ensure_future(all_of(names, ["dead", "dead"]))
        for _ in range(10):  # Until all three wait.
            await asyncio.sleep(0)
        first.cancel()
        server.may_answer.set()
        assert await others == [["127.0.0.1"]] * 2
        with pytest.raises(asyncio.CancelledError):
            await first

    asyncio.run(look())
    assert server.asked == ["dead"]


def test_a_failure_is_remembered_for_a_while(server: NameServer) -> None:
    for remembered, times in ((LONG, 1), (0.0, 2)):
        names = Names(server.ask, remembered=remembered)
        for _ in range(2):
            with pytest.raises(socket.gaierror):
                names.resolve_now("none", "group")
        assert server.asked == ["none"] * times
        server.asked.clear()


def test_an_answer_is_not_remembered(server: NameServer) -> None:
    names = Names(server.ask)
    assert names.resolve_now("fine", "group") == names.resolve_now("fine", "other") == ["127.0.0.1"]
    assert server.asked == ["fine", "fine"]


def test_an_address_is_not_looked_up(server: NameServer) -> None:
    names = Names(server.ask)
    assert names.resolve_now("::1", "group") == ["::1"]
    assert asyncio.run(names.resolve("127.0.0.1", "group")) == ["127.0.0.1"]
    assert server.asked == []


def test_a_group_with_many_dead_names_leaves_threads_to_others(server: NameServer) -> None:
    names = Names(server.ask, seconds=LONG)

    async def look() -> None:
        dead = [names.resolve(f"dead{n}", "group") for n in range(THREADS + 10)]
        waiting = asyncio.gather(*dead, return_exceptions=True)
        await asyncio.sleep(0)
        found = await asyncio.wait_for(names.resolve("fine", "another"), LONG / 2)
        assert found == ["127.0.0.1"]
        assert len(server.asked) < THREADS
        server.may_answer.set()
        assert set(map(tuple, await waiting)) == {("127.0.0.1",)}

    asyncio.run(look())


def test_what_nobody_waits_for_any_more_is_not_looked_up(server: NameServer) -> None:
    names = Names(server.ask, seconds=0.1)
    asyncio.run(all_of(names, [f"dead{n}" for n in range(THREADS)]))
    wait_until(lambda: len(server.asked) == IN_TURN, what="all who have a thread ask")
    names._seconds = LONG
    server.may_answer.set()
    assert asyncio.run(all_of(names, ["fine"])) == [["127.0.0.1"]]
    assert len(server.asked) == IN_TURN + 1


def test_few_threads_are_patient_on_behalf_of_one_group(server: NameServer) -> None:
    names = Names(server.ask, seconds=LONG)
    with ThreadPoolExecutor(PATIENT_MOST + 1) as pool:
        found = [
            pool.submit(names.resolve_now, f"dead{n}", "group") for n in range(PATIENT_MOST + 1)
        ]
        impatient = next(iter(wait(found, LONG, FIRST_COMPLETED).done))
        with pytest.raises(TimeoutError, match="Too many"):
            impatient.result()
        server.may_answer.set()
        assert [one.result() for one in found if one is not impatient] == [
            ["127.0.0.1"]
        ] * PATIENT_MOST
