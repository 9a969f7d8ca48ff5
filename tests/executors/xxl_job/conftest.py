"""What tests of XXL-JOB's protocol share."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import pytest
from django.conf import settings
from django.test import Client

from executors.gateway import threads
from executors.gateway.addresses import Allowed
from executors.gateway.http import Http
from executors.members.models import Member
from executors.models import Executor
from executors.protocols.contract import Call, Target
from executors.states import ExecutionState, LeaseState, Protocol
from jobs.states import JobState
from tests.support.rows import make_execution, make_executor, make_job, make_lease
from tests.support.xxl_executor import TOKEN, XxlExecutor

T = TypeVar("T")
GOOD = {"code": 200, "msg": None, "data": None, "content": None}
PLACES = ["/api", "/xxl-job-admin/api"]
"""Where the endpoints are."""


@pytest.fixture(autouse=True)
def enabled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Celeriac's access token is that of the executors."""
    monkeypatch.setitem(settings.CELERIAC, "XXL_JOB_ACCESS_TOKEN", TOKEN)
    monkeypatch.setitem(settings.CELERIAC, "EXECUTOR_ADDRESSES", "loopback")


@pytest.fixture
def client() -> Client:
    """One that checks CSRF tokens as browsers have to send them; executors send none."""
    return Client(enforce_csrf_checks=True)


def told(
    client: Client, what: str, body: object, *, place: str = "/api", token: str = TOKEN
) -> Any:
    """The answer to a call as executors make it."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = client.post(
        f"{place}/{what}",
        data,
        content_type="application/json;charset=UTF-8",
        headers={"XXL-JOB-ACCESS-TOKEN": token} if token else {},
    )
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    return answer.json()


@pytest.fixture
def gateway(transactional_db: None) -> Iterator[Callable[[Callable[[Http], Awaitable[Any]]], Any]]:
    """Runs what a gateway does, in a loop with a client of its own."""

    def run(work: Callable[[Http], Awaitable[T]]) -> T:
        async def within() -> T:
            return await work(Http(Allowed(loopback=True), answer_max_bytes=100_000))

        return asyncio.run(within())

    yield run
    threads.end()


def member_of(there: XxlExecutor) -> Executor:
    """The row of an executor that has registered."""
    executor = make_executor(
        f"{there.appname}:{there.address}",
        protocol=Protocol.XXL_JOB, slots=64, pool="http", pid=0, types=["external"],
    )  # fmt: skip
    Member.objects.create(
        executor=executor,
        group=there.appname,
        instance_id=there.address,
        base_url=there.url.rstrip("/"),
    )
    return executor


def call_of(executor: Executor, **fields: Any) -> Call:
    """A call about a job that runs on the executor, its rows and all."""
    job = make_job(JobState.RUNNING, type="external", timeout=fields.get("timeout"))
    lease = make_lease(executor, LeaseState.CLAIMED, job_type="external")
    execution = make_execution(
        job, lease, ExecutionState.RUNNING, id=job.execution_id, started_at=job.started_at
    )
    target = Target(
        executor_id=str(executor.id),
        name=executor.name,
        group=executor.member.group,
        instance_id=executor.member.instance_id,
        base_url=executor.member.base_url,
        health_check_url=None,
        secret="",
        call_seconds=30.0,
        check_seconds=30.0,
    )
    defaults: dict[str, Any] = {
        "target": target,
        "lease_id": str(lease.id),
        "execution_id": str(execution.id),
        "token": "",
        "job_id": str(job.id),
        "task_id": None,
        "task_name": "nightly",
        "handler": "report",
        "mode": "parallel",
        "type": "external",
        "payload": '"daily"',
        "attempt": 1,
        "timeout": None,
        "callback_url": "",
        "started_at": 0.0,
    }
    return Call(**(defaults | fields))
