"""What an executor says to a call, and what becomes of the lease by that."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from executors import leases
from executors.gateway.decisions import BUSY_FOR, FAILED_FOR
from executors.leases import PlannedLease
from executors.members import signing
from executors.models import Lease
from executors.reports import Report, ReportStatus, accept_report
from jobs.ids import uuid7
from tests.executors.gateway.conftest import (
    Desk,
    Errand,
    live_leases,
    make_errand,
    make_member,
)
from tests.support.local_server import Behaviour, Exchange, LocalServer


def answering(status: int, body: object = b"") -> Behaviour:
    async def behaviour(it: Exchange) -> None:
        await it.answer(status, body)

    return behaviour


def test_an_accepted_call_runs_until_it_is_reported(desk: Desk) -> None:
    with LocalServer(answering(202)) as server:
        errand = make_errand(make_member(server.url), payload={"big": 12345678901234567890})
        desk.hand_over(errand)

    assert errand.states == ("running", "running", "claimed")
    assert errand.lease.accepted_at is not None
    (call,) = server.exchanges
    assert (call.method, call.path) == ("POST", "/execute")
    assert call.json() == {
        "execution_id": str(errand.execution.id),
        "token": signing.token_of(settings.SECRET_KEY, str(errand.execution.id)),
        "job_id": str(errand.job.id),
        "task_name": "a job",
        "type": "external",
        "payload": {"big": 12345678901234567890},
        "attempt": 1,
        "timeout": None,
        "shard_index": 0,
        "shard_total": 1,
        "callback_url": settings.CELERIAC["CALLBACK_BASE_URL"]
        + f"/api/v1/executions/{errand.execution.id}/callback",
    }
    assert accept_report(
        str(errand.execution.id), Report(status=ReportStatus.COMPLETED, result='{"n": 2}')
    )
    assert errand.states == ("completed", "completed", "finished")


def test_calls_are_signed(desk: Desk) -> None:
    with LocalServer(answering(202)) as server:
        executor = make_member(server.url + "/base/")
        desk.hand_over(make_errand(executor))

    (call,) = server.exchanges
    secret = signing.secret_of(settings.SECRET_KEY, str(executor.id), 1)
    assert call.path == "/base/execute"
    assert not signing.fault(
        secret,
        call.headers["x-celeriac-timestamp"],
        call.headers["x-celeriac-signature"],
        call.body,
        timezone.now().timestamp(),
    )


def test_the_task_is_told(desk: Desk) -> None:
    external = {"task_name": "nightly", "handler": "report", "mode": "sequential"}
    with LocalServer(answering(202)) as server:
        desk.hand_over(make_errand(make_member(server.url), external=external, timeout=30.0))

    told = server.exchanges[0].json()
    assert (told["task_name"], told["timeout"]) == ("nightly", 30.0)


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        ({"status": "completed", "result": {"n": 2}}, "completed", {"n": 2}),
        ({"status": "completed"}, "completed", None),
        ({"status": "failed", "error": {"code": "broken", "message": "It broke."}}, "failed", None),
    ],
)
def test_an_answer_may_be_the_end(
    desk: Desk, body: dict[str, Any], status: str, expected: Any
) -> None:
    with LocalServer(answering(200, body)) as server:
        errand = make_errand(make_member(server.url), max_attempts=1)
        desk.hand_over(errand)

    assert errand.states == (status, status, "finished")
    assert errand.job.result == expected
    if status == "failed":
        assert errand.job.error == {"code": "broken", "message": "It broke."}


@pytest.mark.parametrize("status", [409, 503])
def test_a_busy_executor_costs_nothing_and_is_left_alone(desk: Desk, status: int) -> None:
    before = timezone.now()
    with LocalServer(answering(status, {"error": "full"})) as server:
        errand = make_errand(make_member(server.url, next_check_at=timezone.now()))
        desk.hand_over(errand)

    assert errand.states == ("queued", "released", "released")
    assert (errand.job.attempt, errand.job.started_at, errand.job.execution_id) == (0, None, None)
    assert errand.execution.error["code"] == "executor_busy"
    assert errand.executor.member.busy_until >= before + timedelta(seconds=BUSY_FOR)
    assert errand.executor.member.checks_failed == 0
    assert live_leases() == 0


@pytest.mark.parametrize("status", [400, 404, 418, 500, 502, 301])
def test_a_failed_hand_over_costs_the_executor_a_pause_and_not_the_job(
    desk: Desk, status: int
) -> None:
    before = timezone.now()
    with LocalServer(answering(status, b"oh no")) as server:
        errand = make_errand(make_member(server.url, next_check_at=timezone.now()))
        desk.hand_over(errand)

    assert errand.states == ("queued", "released", "released")
    assert errand.job.attempt == 0
    assert errand.execution.error["code"] == "hand_over_failed"
    assert "oh no" in errand.execution.error["message"]
    member = errand.executor.member
    assert (member.refusals, member.checks_failed) == (1, 0)
    assert member.busy_until >= before + timedelta(seconds=FAILED_FOR)
    assert live_leases() == 0


def test_one_who_takes_a_call_is_no_longer_left_alone(desk: Desk) -> None:
    with LocalServer(answering(202)) as server:
        executor = make_member(server.url, refusals=3, busy_until=timezone.now())
        desk.hand_over(make_errand(executor))

    executor.member.refresh_from_db()
    assert (executor.member.refusals, executor.member.busy_until) == (0, None)


@pytest.mark.parametrize(
    ("status", "body"), [(400, b"no"), (500, b"no"), (200, b"no"), (200, {"status": "so so"})]
)
def test_one_bad_job_does_not_take_an_executor_offline(
    desk: Desk, status: int, body: object
) -> None:
    before = timezone.now()
    with LocalServer(answering(status, body)) as server:
        executor = make_member(server.url, failure_threshold=1, next_check_at=timezone.now())
        desk.hand_over(make_errand(executor))

    executor.refresh_from_db()
    executor.member.refresh_from_db()
    assert (executor.status, executor.member.checks_failed) == ("online", 0)
    assert executor.member.busy_until >= before + timedelta(seconds=FAILED_FOR)


async def hang_up(it: Exchange) -> None:
    it.writer.transport.abort()


async def never(_: Exchange) -> None:
    await asyncio.sleep(3600)


@pytest.mark.parametrize("behaviour", [hang_up, never])
def test_silence_takes_a_checked_executor_offline(desk: Desk, behaviour: Behaviour) -> None:
    if behaviour is never:
        behaviour = desk.late(never)
    with LocalServer(behaviour) as server:
        executor = make_member(server.url, failure_threshold=2, next_check_at=timezone.now())
        desk.hand_over(make_errand(executor))
        executor.refresh_from_db()
        assert executor.status == "online"
        desk.hand_over(make_errand(executor))

    executor.refresh_from_db()
    assert executor.status == "offline"


def test_one_that_nobody_checks_is_only_left_alone(desk: Desk) -> None:
    with LocalServer(hang_up) as server:
        executor = make_member(server.url, failure_threshold=1)
        desk.hand_over(make_errand(executor))

    executor.refresh_from_db()
    assert executor.status == "online"


def again(errand: Errand) -> Errand:
    """The dispatcher hands the job to the same executor once more."""
    executor, job = errand.executor, errand.job
    planned = PlannedLease(uuid7(), str(executor.id), executor.name, job.type, [str(job.id)])
    with connection.cursor() as cursor:
        assert leases.assign(cursor, [planned])
    lease = Lease.objects.get(id=planned.id)
    return Errand(executor, lease, job, lease.executions.get())


def test_too_many_failed_hand_overs_use_up_an_attempt(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(settings.CELERIAC, "HAND_OVER_LIMIT", 3)
    with LocalServer(answering(500, b"oh no")) as server:
        errand = make_errand(make_member(server.url), max_attempts=1)
        desk.hand_over(errand)
        for _ in range(2):
            errand.job.refresh_from_db()
            assert (errand.job.status, errand.job.attempt) == ("queued", 0)
            errand = again(errand)
            desk.hand_over(errand)

    assert errand.states == ("failed", "failed", "finished")
    assert errand.job.attempt == 1
    assert errand.job.error["code"] == "hand_over_failed"
    assert "3 times in vain" in errand.job.error["message"]
    assert "group:one. It answered 500: oh no" in errand.job.error["message"]
    assert live_leases() == 0


def test_a_message_that_comes_twice_calls_once(desk: Desk) -> None:
    with LocalServer(answering(202)) as server:
        errand = make_errand(make_member(server.url))
        desk.hand_over(errand, errand)
        desk.hand_over(errand)

    assert len(server.exchanges) == 1


def test_a_job_that_was_cancelled_is_not_handed_over(desk: Desk) -> None:
    with LocalServer(answering(202)) as server:
        errand = make_errand(make_member(server.url), cancel_requested_at=timezone.now())
        desk.hand_over(errand)

    assert errand.states == ("cancelled", "cancelled", "finished")
    assert not server.exchanges


def test_a_lease_of_an_executor_that_went_offline_is_left_to_recovery(desk: Desk) -> None:
    with LocalServer(answering(202)) as server:
        errand = make_errand(make_member(server.url, status="offline"))
        desk.hand_over(errand)

    assert errand.states == ("assigned", "assigned", "assigned")
    assert not server.exchanges


def test_many_at_once(desk: Desk) -> None:
    with LocalServer(answering(202)) as server:
        errands = [make_errand(make_member(server.url, f"group:{n}")) for n in range(30)]
        desk.hand_over(*errands)

    assert {errand.states for errand in errands} == {("running", "running", "claimed")}
    assert len(server.exchanges) == 30
