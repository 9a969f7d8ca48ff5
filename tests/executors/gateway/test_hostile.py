"""Executors that mean it no good: a bounded wait, a clear error, no slot leaked, nothing twice."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from django.db import connection

from executors.models import Execution
from executors.reports import Report, ReportStatus, accept_report
from tests.executors.gateway.conftest import (
    PATIENT,
    Desk,
    Errand,
    live_leases,
    make_errand,
    make_member,
)
from tests.support.local_server import Behaviour, Exchange, LocalServer


async def trickle(it: Exchange) -> None:
    await it.send(b"HTTP/1.1 202 Accepted\r\nContent-Length: 100000\r\n\r\n")
    while True:
        await it.send(b".")
        await asyncio.sleep(0.02)


async def flood(it: Exchange) -> None:
    await it.send(b"HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n")
    for _ in range(1600):
        await it.send(b"x" * 65536)


async def break_off(it: Exchange) -> None:
    await it.send(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"status":"comp')


async def hang_up(it: Exchange) -> None:
    it.writer.transport.abort()


async def never(_: Exchange) -> None:
    await asyncio.sleep(3600)


async def accept(it: Exchange) -> None:
    await it.answer(202)


async def garbage(it: Exchange) -> None:
    await it.answer(200, b"<html>It works!</html>", Content_Type="text/html")


async def wrong_shape(it: Exchange) -> None:
    await it.answer(200, {"status": "splendid"})


async def not_an_object(it: Exchange) -> None:
    await it.answer(200, ["completed"])


async def not_over(it: Exchange) -> None:
    await it.answer(200, {"status": "progress", "progress": 0.5})


async def unfit_name(it: Exchange) -> None:
    await it.answer(200, {"status": "completed", "\0" * 2000: 1})


async def circle(it: Exchange) -> None:
    await it.answer(307, Location=it.path)


async def to_metadata(it: Exchange) -> None:
    await it.answer(307, Location="http://169.254.169.254/latest/meta-data/")


TOO_LATE = f"within {PATIENT:g} s"
HOSTILE: dict[str, tuple[Behaviour, str]] = {
    "trickles": (trickle, TOO_LATE),
    "answers 100 MB": (flood, "larger than"),
    "closes half-way": (break_off, "broke off"),
    "hangs up": (hang_up, "broke off"),
    "never answers": (never, TOO_LATE),
    "answers too late": (accept, TOO_LATE),
    "answers HTML": (garbage, "not JSON"),
    "answers nonsense": (wrong_shape, "no report"),
    "names a field that Postgres can't store": (unfit_name, "\N{SYMBOL FOR NULL}"),
    "answers a list": (not_an_object, "not a JSON object"),
    "answers 200 with progress": (not_over, "202"),
    "redirects in a circle": (circle, "307"),
    "redirects to metadata": (to_metadata, "307"),
}


def given_back(errand: Errand) -> None:
    assert errand.states == ("queued", "released", "released")
    assert errand.job.attempt == 0
    assert errand.execution.error["code"] == "hand_over_failed"
    assert live_leases() == 0


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_executor_gets_nothing_and_holds_nothing(desk: Desk, name: str) -> None:
    behaviour, reason = HOSTILE[name]
    if reason == TOO_LATE:
        behaviour = desk.late(behaviour)
    with LocalServer(behaviour) as server:
        errand = make_errand(make_member(server.url))
        desk.hand_over(errand)

    given_back(errand)
    assert reason in errand.execution.error["message"]
    assert errand.executor.member.busy_until is not None
    assert server.paths().count("/execute") == 1


def test_one_that_is_not_there(desk: Desk) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        errand = make_errand(make_member(f"http://127.0.0.1:{taken.getsockname()[1]}"))
        desk.hand_over(errand)

    given_back(errand)
    assert "Connection refused" in errand.execution.error["message"]


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1", "http://169.254.169.254", "http://0x0a000001", "http://[fe80::1]"]
)
def test_one_whose_address_is_no_longer_allowed(desk: Desk, url: str) -> None:
    errand = make_errand(make_member(url))
    desk.hand_over(errand)

    given_back(errand)
    assert "can't be called" in errand.execution.error["message"]


def test_one_that_may_have_begun_is_told_to_stop(desk: Desk) -> None:
    async def behaviour(it: Exchange) -> None:
        await (desk.late(never) if it.path == "/execute" else accept)(it)

    with LocalServer(behaviour) as server:
        errand = make_errand(make_member(server.url))
        desk.hand_over(errand)

    assert server.paths() == ["/execute", "/cancel"]
    assert server.exchanges[1].json() == {"execution_id": str(errand.execution.id)}


ONCE = "latch_once"
"""A type whose jobs must not run twice."""


@pytest.mark.parametrize("behaviour", [never, break_off, garbage, hang_up])
def test_what_must_not_run_twice_is_lost_where_nobody_knows(desk: Desk, behaviour: Any) -> None:
    if behaviour is never:
        behaviour = desk.late(never)
    with LocalServer(behaviour) as server:
        errand = make_errand(make_member(server.url), type=ONCE)
        desk.hand_over(errand)

    assert errand.states == ("failed", "lost", "lost")
    assert errand.job.error["code"] == "lost"
    assert "Nobody knows whether it runs." in errand.job.error["message"]
    assert live_leases() == 0


@pytest.mark.parametrize("status", [404, 409, 503])
def test_what_must_not_run_twice_is_handed_on_where_it_was_surely_not_taken(
    desk: Desk, status: int
) -> None:
    async def behaviour(it: Exchange) -> None:
        await it.answer(status)

    with LocalServer(behaviour) as server:
        errand = make_errand(make_member(server.url), type=ONCE)
        desk.hand_over(errand)

    assert errand.states == ("queued", "released", "released")


def report_from_there(it: Exchange, result: str) -> Any:
    """What the callback does, from the thread of the server."""

    def report() -> bool:
        try:
            return accept_report(
                it.json()["execution_id"], Report(status=ReportStatus.COMPLETED, result=result)
            )
        finally:
            connection.close()

    return asyncio.to_thread(report)


@pytest.mark.parametrize("status", [202, 500])
def test_one_that_calls_back_before_it_answers(desk: Desk, status: int) -> None:
    async def behaviour(it: Exchange) -> None:
        assert await report_from_there(it, '"first"')
        await it.answer(status)

    with LocalServer(behaviour) as server:
        errand = make_errand(make_member(server.url))
        desk.hand_over(errand)

    assert errand.states == ("completed", "completed", "finished")
    assert errand.job.result == "first"
    assert (errand.executor.member.refusals, errand.executor.member.busy_until) == (0, None)
    assert Execution.objects.filter(state="completed").count() == 1


def test_one_that_calls_back_and_answers_something_else(desk: Desk) -> None:
    async def behaviour(it: Exchange) -> None:
        assert await report_from_there(it, '"first"')
        assert not await report_from_there(it, '"second"')
        await it.answer(200, {"status": "completed", "result": "third"})

    with LocalServer(behaviour) as server:
        errand = make_errand(make_member(server.url))
        desk.hand_over(errand)

    assert errand.states == ("completed", "completed", "finished")
    assert errand.job.result == "first"


def test_one_that_calls_back_after_it_was_given_up(desk: Desk) -> None:
    with LocalServer(desk.late(never)) as server:
        errand = make_errand(make_member(server.url))
        desk.hand_over(errand)

    given_back(errand)
    late = Report(status=ReportStatus.COMPLETED, result='"late"')
    assert not accept_report(str(errand.execution.id), late)
    assert errand.states == ("queued", "released", "released")
