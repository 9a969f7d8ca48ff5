"""What tests of the gateway share: members that are local servers, leases for them, a gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from django.conf import settings
from django.db import connection

from executors.gateway import limits, threads
from executors.gateway.calling import Caller
from executors.gateway.handing_over import HandingOver
from executors.members.models import Member
from executors.models import Execution, Executor, Lease
from executors.states import Protocol
from jobs.models import Job
from jobs.states import JobState
from tests.support.local_server import Behaviour, Exchange
from tests.support.passing_time import PassingTime
from tests.support.rows import make_execution, make_executor, make_job, make_lease

T = TypeVar("T")

PATIENT = 30.0
"""Seconds for a call: it is answered by then, however slow the machine."""
WITHIN = 10 * PATIENT
"""Seconds: whatever the other side does, the gateway is done with it by then."""


def make_member(base_url: str, name: str = "group:one", **fields: Any) -> Executor:
    """An HTTP executor."""
    group, _, instance = name.partition(":")
    executor = make_executor(
        name, protocol=fields.pop("protocol", Protocol.HTTP), pool="http", pid=0,
        types=["external", "add_numbers"],
        slots=fields.pop("slots", 1), status=fields.pop("status", "online"),
        drained_by=fields.pop("drained_by", None),
    )  # fmt: skip
    defaults = {"group": group, "instance_id": instance, "base_url": base_url}
    defaults |= {"health_timeout": PATIENT}
    Member.objects.create(executor=executor, **(defaults | fields))
    return executor


@dataclass
class Errand:
    """A job on its way to an HTTP executor, and the rows around it."""

    executor: Executor
    lease: Lease
    job: Job
    execution: Execution

    def refresh(self) -> None:
        """Reads the rows again."""
        for row in (self.executor, self.lease, self.job, self.execution, self.executor.member):
            row.refresh_from_db()

    @property
    def states(self) -> tuple[str, str, str]:
        """Of the job, the execution and the lease."""
        self.refresh()
        return self.job.status, self.execution.state, self.lease.state


def make_errand(executor: Executor, **fields: Any) -> Errand:
    """A job that was just assigned to the executor."""
    defaults = {"type": "external", "payload": {"n": 1}, "executor": executor.name}
    job = make_job(JobState.ASSIGNED, **(defaults | fields))
    lease = make_lease(executor, "assigned", job_type=job.type, timeout=job.timeout)
    execution = make_execution(job, lease, "assigned", id=job.execution_id, attempt=job.attempt + 1)
    return Errand(executor, lease, job, execution)


def live_leases() -> int:
    """Leases that hold a slot."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM executors_lease WHERE state IN ('assigned', 'claimed')"
        )
        return int(cursor.fetchone()[0])


class Desk:
    """A gateway without its rounds: hands over what it is told to."""

    _loop: PassingTime

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(settings.CELERIAC, "HAND_OVER_SECONDS", PATIENT)

    def late(self, behaviour: Behaviour) -> Behaviour:
        """The same when nobody waits for it any more: the time for a call is over as it comes."""

        async def late(it: Exchange) -> None:
            self._loop.let_pass(PATIENT)
            await behaviour(it)

        return late

    def run(self, work: Callable[[Caller], Coroutine[Any, Any, T]]) -> T:
        """Runs what a gateway does, in a loop and with a client of its own; bounded."""

        async def within() -> T:
            return await asyncio.wait_for(work(Caller(limits.make_http())), WITHIN)

        self._loop = PassingTime()
        return self._loop.run(within())

    def hand_over(self, *errands: Errand) -> None:
        """Hands all over at once."""

        async def work(caller: Caller) -> None:
            handing_over = HandingOver(caller)
            ids = [str(errand.lease.id) for errand in errands]
            await asyncio.gather(*(handing_over.hand_over(id_) for id_ in ids))
            assert not handing_over.under_way

        self.run(work)


@pytest.fixture
def desk(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """One that may call this machine."""
    monkeypatch.setitem(settings.CELERIAC, "EXECUTOR_ADDRESSES", "loopback")
    yield Desk(monkeypatch)
    threads.end()
