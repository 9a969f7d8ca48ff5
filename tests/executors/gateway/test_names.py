"""Lookups of names end in time, and those of one name are one."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from threading import Event

import pytest

from executors.gateway.names import THREADS, Names

LONG = 60.0
"""Seconds that no test waits for."""


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
    assert asyncio.run(all_of(names, ["fine"])) == [["127.0.0.1"]]
    assert server.asked == ["dead", "fine"]


def test_all_who_wait_get_the_answer_though_one_is_cancelled(server: NameServer) -> None:
    names = Names(server.ask, seconds=LONG)

    async def look() -> None:
        first = asyncio.ensure_future(names.resolve("dead", "group"))
        others = asyncio.ensure_future(all_of(names, ["dead", "dead"]))
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
