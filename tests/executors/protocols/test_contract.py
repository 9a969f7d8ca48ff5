"""What holds for every protocol, tried on real servers. A new one is an entry in `MANNERS`."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from executors.gateway import rows
from executors.gateway.calling import Caller
from executors.gateway.threads import in_transaction
from executors.models import Executor
from executors.protocols.contract import Call
from executors.protocols.registry import SPEAKERS
from executors.reports import Report, ReportStatus, accept_report
from executors.states import Protocol
from tests.executors.gateway.conftest import Desk, Errand, live_leases, make_errand, make_member
from tests.support.local_server import Behaviour, Exchange, LocalServer


@dataclass(frozen=True)
class Manner:
    """How executors of a protocol say yes, that they are busy, and that they are unwell."""

    yes: Behaviour
    busy: Behaviour
    unwell: Behaviour
    run: str
    cancel: str
    check: str


def saying(status: int, body: object = b"", *, only: str | None = None) -> Behaviour:
    """Answers so, or 202 and 200 to what is asked elsewhere."""

    async def behaviour(it: Exchange) -> None:
        if only and it.path != only:
            await it.answer(200, {"code": 200, "msg": None})
        else:
            await it.answer(status, body)

    return behaviour


async def accept(it: Exchange) -> None:
    await it.answer(202 if it.path == "/execute" else 200)


MANNERS = {
    Protocol.HTTP: Manner(
        yes=accept, busy=saying(409), unwell=saying(500),
        run="/execute", cancel="/cancel", check="/health",
    ),
    Protocol.XXL_JOB: Manner(
        yes=saying(200, {"code": 200, "msg": None}),
        busy=saying(200, {"code": 500, "msg": "it runs still"}, only="/idleBeat"),
        unwell=saying(200, {"code": 500, "msg": "unwell"}),
        run="/run", cancel="/kill", check="/beat",
    ),
}  # fmt: skip


async def never(_: Exchange) -> None:
    await asyncio.sleep(3600)


async def hang_up(it: Exchange) -> None:
    it.writer.transport.abort()


async def flood(it: Exchange) -> None:
    await it.send(b"HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n")
    for _ in range(1600):
        await it.send(b"x" * 65536)


NEVER = "never answers"
HOSTILE: dict[str, Behaviour] = {
    NEVER: never,
    "hangs up": hang_up,
    "floods": flood,
    "answers HTML": saying(200, b"<html>It works!</html>"),
    "answers a number": saying(200, b"200"),
    "answers nothing": saying(200, b""),
    "answers 404": saying(404, b"not here"),
    "answers 500": saying(500, b"oh no"),
}


def hostile(desk: Desk, name: str) -> Behaviour:
    """So that who waits for what never comes has soon waited long enough."""
    return desk.late(never) if name == NEVER else HOSTILE[name]


EVERY = pytest.mark.parametrize("protocol", list(MANNERS))
HOSTILELY = pytest.mark.parametrize("name", HOSTILE)


def member(server: LocalServer, protocol: Protocol, **fields: Any) -> Executor:
    url = f"{server.url}{MANNERS[protocol].check}"
    return make_member(server.url, protocol=protocol, health_check_url=url, **fields)


def errand(executor: Executor) -> Errand:
    """A job of a task that runs one at a time."""
    return make_errand(executor, external={"task_name": "t", "handler": "h", "mode": "sequential"})


def call_of(desk: Desk, its: Errand) -> Call:
    async def read(_: Caller) -> list[Call]:
        ids = [str(its.lease.id)]
        return await in_transaction(lambda cursor: rows.calls.read(cursor, ids))

    (call,) = desk.run(read)
    return call


def test_every_protocol_has_a_speaker_and_manners() -> None:
    assert set(SPEAKERS) == set(MANNERS) == set(Protocol) - {Protocol.CELERY}


@EVERY
def test_what_is_accepted_runs_until_it_is_reported(desk: Desk, protocol: Protocol) -> None:
    with LocalServer(MANNERS[protocol].yes) as server:
        its = errand(member(server, protocol))
        desk.hand_over(its)

    assert its.states == ("running", "running", "claimed")
    assert its.lease.accepted_at is not None
    assert server.paths().count(MANNERS[protocol].run) == 1
    done = Report(status=ReportStatus.COMPLETED, result='"done"')
    assert accept_report(str(its.execution.id), done)
    assert not accept_report(str(its.execution.id), done)
    assert its.states == ("completed", "completed", "finished")


@EVERY
def test_a_busy_one_costs_nothing(desk: Desk, protocol: Protocol) -> None:
    before = timezone.now()
    with LocalServer(MANNERS[protocol].busy) as server:
        its = errand(member(server, protocol))
        desk.hand_over(its)

    assert its.states == ("queued", "released", "released")
    assert its.job.attempt == 0
    assert its.execution.error["code"] == "executor_busy"
    assert its.executor.member.busy_until > before
    assert live_leases() == 0


@EVERY
@HOSTILELY
def test_a_hostile_one_gets_nothing_and_holds_nothing(
    desk: Desk, protocol: Protocol, name: str
) -> None:
    with LocalServer(hostile(desk, name)) as server:
        its = errand(member(server, protocol))
        desk.hand_over(its)

    assert its.states == ("queued", "released", "released")
    assert its.job.attempt == 0
    assert its.execution.error["code"] == "hand_over_failed"
    assert its.execution.error["message"]
    assert its.executor.member.busy_until is not None
    assert live_leases() == 0


@EVERY
def test_one_that_is_not_there(desk: Desk, protocol: Protocol) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        its = errand(make_member(url, protocol=protocol))
        desk.hand_over(its)

    assert its.states == ("queued", "released", "released")
    assert "Connection refused" in its.execution.error["message"]


@EVERY
def test_what_runs_can_be_cancelled(desk: Desk, protocol: Protocol) -> None:
    with LocalServer(MANNERS[protocol].yes) as server:
        its = errand(member(server, protocol))
        desk.hand_over(its)
        call = call_of(desk, its)
        assert desk.run(lambda caller: caller.cancel(call)) in (True, False)

    assert MANNERS[protocol].cancel in server.paths()


@EVERY
@HOSTILELY
def test_a_hostile_one_is_asked_to_stop_within_bounds(
    desk: Desk, protocol: Protocol, name: str
) -> None:
    with LocalServer(MANNERS[protocol].yes) as server:
        its = errand(member(server, protocol))
        desk.hand_over(its)
        call = call_of(desk, its)
        server.behaviour = hostile(desk, name)
        desk.run(lambda caller: caller.cancel(call))

    assert its.states == ("running", "running", "claimed")


@EVERY
def test_health(desk: Desk, protocol: Protocol) -> None:
    with LocalServer(MANNERS[protocol].yes) as server:
        its = errand(member(server, protocol))
        desk.hand_over(its)
        target = call_of(desk, its).target
        assert desk.run(lambda caller: caller.check(target)).healthy
        server.behaviour = MANNERS[protocol].unwell
        unwell = desk.run(lambda caller: caller.check(target))
        server.behaviour = hang_up
        gone = desk.run(lambda caller: caller.check(target))

    assert server.paths().count(MANNERS[protocol].check) == 3
    assert (unwell.healthy, gone.healthy) == (False, False)
    assert unwell.detail
    assert gone.detail


@EVERY
def test_logs_of_nothing_are_pulled_in_vain(desk: Desk, protocol: Protocol) -> None:
    desk.run(lambda caller: SPEAKERS[protocol].pull_logs(caller.http))

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM executors_logline")
        assert cursor.fetchone() == (0,)
