"""A broadcast over HTTP: each executor of a group is called with its own shard."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from django.db import connection

from executors.gateway.calling import Caller
from executors.gateway.handing_over import HandingOver
from executors.leases import PlannedLease
from executors.models import Execution
from executors.reports import Failure, Report, ReportStatus, accept_report
from jobs import lifecycle
from jobs.models import Job
from jobs.submission import NewJob
from jobs.wishes import LoadBalanceStrategy
from scheduling.dispatching.loop import Loop
from tests.executors.gateway.conftest import Desk, live_leases, make_member
from tests.support.dispatching import leading, rounds
from tests.support.local_server import Exchange, LocalServer
from tests.support.rows import make_gateway

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def loop() -> Iterator[Loop]:
    """One that leads, and does only what it is told to."""
    make_gateway()
    with leading() as loop:
        yield loop


def broadcast(**fields: int) -> str:
    """A job for every executor of the group."""
    job = NewJob(
        "external",
        '{"n": 1}',
        "clear caches",
        load_balance_strategy=LoadBalanceStrategy.BROADCAST,
        requires={"group": "group"},
        **fields,
    )
    with connection.cursor() as cursor:
        return lifecycle.submit(cursor, [job])[0].id


def hand_over(desk: Desk, made: list[PlannedLease]) -> None:
    async def work(caller: Caller) -> None:
        handing_over = HandingOver(caller)
        await asyncio.gather(*(handing_over.hand_over(lease.id) for lease in made))

    desk.run(work)


async def done(it: Exchange) -> None:
    await it.answer(200, {"status": "completed", "result": "at once"})


async def accepted(it: Exchange) -> None:
    await it.answer(202)


def test_each_is_called_with_its_shard_and_the_last_one_ends_the_job(
    desk: Desk, loop: Loop
) -> None:
    with LocalServer(done) as first, LocalServer(accepted) as second:
        make_member(first.url, "group:a")
        make_member(second.url, "group:b")
        make_member(second.url, "others:c")
        id_ = broadcast()
        hand_over(desk, rounds(loop))
    calls = [call.json() for server in (first, second) for call in server.exchanges]
    assert [(its["job_id"], its["shard_index"], its["shard_total"]) for its in calls] == [
        (id_, 0, 2),
        (id_, 1, 2),
    ]
    job = Job.objects.get(id=id_)
    assert (job.status, job.progress["message"]) == ("running", "1 of 2 executors")
    report = Report(status=ReportStatus.COMPLETED, result='"later"')
    assert accept_report(calls[1]["execution_id"], report)
    job.refresh_from_db()
    assert (job.status, job.result) == (
        "completed",
        [
            {"executor": "group:a", "result": "at once"},
            {"executor": "group:b", "result": "later"},
        ],
    )
    assert live_leases() == 0


def test_one_that_is_busy_is_called_again_and_no_other_in_its_place(desk: Desk, loop: Loop) -> None:
    async def busy(it: Exchange) -> None:
        await it.answer(409)

    with LocalServer(done) as first, LocalServer(busy) as second:
        make_member(first.url, "group:a", slots=5)
        executor = make_member(second.url, "group:b")
        id_ = broadcast()
        hand_over(desk, rounds(loop))
        assert len(first.exchanges) == 1
    (waiting,) = Execution.objects.filter(job_id=id_, state="queued")
    assert (str(waiting.executor_id), waiting.attempt, waiting.chunk) == (str(executor.id), 1, 1)
    assert rounds(loop) == []


def test_a_shard_that_fails_for_good_fails_the_job(desk: Desk, loop: Loop) -> None:
    with LocalServer(accepted) as server:
        make_member(server.url, "group:a")
        make_member(server.url, "group:b")
        id_ = broadcast(max_attempts=1)
        hand_over(desk, rounds(loop))
    failure = Failure("no_cache", "There is no cache.")
    report = Report(status=ReportStatus.FAILED, failure=failure)
    assert accept_report(server.exchanges[0].json()["execution_id"], report)
    job = Job.objects.get(id=id_)
    assert (job.status, job.error["code"]) == ("failed", "no_cache")
