"""An executor that is busy with the jobs of one task still gets those of others."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import connection

from executors.gateway.decisions import BUSY_AT_MOST, BUSY_FOR, busy_with
from executors.gateway.rows import pauses
from executors.models import Executor, Member
from executors.states import Protocol
from jobs.ids import uuid7
from jobs.states import JobState
from scheduling import placement
from scheduling.batching import BatchLimits, Durations
from scheduling.dispatching.candidates import read_candidates
from scheduling.dispatching.capacity import read_capacity
from scheduling.dispatching.shunning import shun
from scheduling.placement import Obstacle, Plan, Policy
from tests.executors.gateway.conftest import Desk, Errand, make_errand, make_member
from tests.support.local_server import Exchange, LocalServer
from tests.support.rows import make_gateway, make_job

TASK, OTHER = str(uuid7()), str(uuid7())


@pytest.fixture(autouse=True)
def _gateway(transactional_db: None) -> None:
    make_gateway()


async def busy(it: Exchange) -> None:
    """Runs the task's job still; other jobs it would take."""
    await it.answer(200, {"code": 500 if it.path == "/idleBeat" else 200, "msg": "running"})


async def idle(it: Exchange) -> None:
    await it.answer(200, {"code": 200})


def xxl_member(server: LocalServer, name: str = "group:one", **fields: Any) -> Executor:
    return make_member(server.url, name, protocol=Protocol.XXL_JOB, slots=8, **fields)


def job_of(task: str) -> dict[str, Any]:
    told = {"task_name": "task", "handler": "report", "mode": "sequential"}
    return {"task_id": task, "external": told}


def errand(executor: Executor, task: str = TASK) -> Errand:
    return make_errand(executor, **job_of(task))


def planned() -> Plan:
    """What the dispatcher would make of the queue."""
    with connection.cursor() as cursor:
        capacity, _ = read_capacity(cursor)
        jobs = read_candidates(cursor, {"external": 10})
        shun(cursor, jobs, capacity)
    return placement.plan(jobs, capacity, Durations(), BatchLimits(), Policy())


def prolong() -> None:
    """Pauses outlast the test, however slow it is."""
    for member in Member.objects.all():
        for its in member.busy_with.values():
            its["until"] += 3600
        member.save()


def test_only_the_task_has_to_wait(desk: Desk) -> None:
    with LocalServer(busy) as server:
        executor = xxl_member(server)
        refused = errand(executor)
        desk.hand_over(refused)
    prolong()
    other = make_job(JobState.QUEUED, type="external", **job_of(OTHER))
    of_none = make_job(JobState.QUEUED, type="external")
    made = planned()

    assert refused.states == ("queued", "released", "released")
    assert (executor.member.busy_until, executor.member.refusals) == (None, 0)
    assert server.paths() == ["/idleBeat"]
    placed = {one.jobs[0].id for one in made.placements}
    assert placed == {str(other.id), str(of_none.id)}
    assert made.reasons[str(refused.job.id)].obstacle is Obstacle.BUSY


def test_another_executor_gets_the_task(desk: Desk) -> None:
    with LocalServer(busy) as server:
        refused = errand(xxl_member(server))
        desk.hand_over(refused)
        prolong()
        second = xxl_member(server, "group:two")
    (one,) = planned().placements

    assert (one.executor.executor, one.jobs[0].id) == (second.name, str(refused.job.id))


def test_taking_one_of_its_jobs_ends_the_pause_for_that_task_alone(desk: Desk) -> None:
    with LocalServer(busy) as server:
        executor = xxl_member(server)
        for task in (TASK, OTHER):
            desk.hand_over(errand(executor, task))
        assert set(Member.objects.get().busy_with) == {TASK, OTHER}
        server.behaviour = idle
        taken = errand(executor)
        desk.hand_over(taken)

    assert taken.states == ("running", "running", "claimed")
    assert set(Member.objects.get().busy_with) == {OTHER}


def test_pauses_grow_and_end(desk: Desk) -> None:
    with LocalServer(busy) as server:
        executor = xxl_member(server)
        desk.hand_over(errand(executor))
        before = time.time()
        desk.hand_over(errand(executor))
    paused = Member.objects.get().busy_with[TASK]
    assert paused["refusals"] == 2
    assert paused["until"] >= before + 2 * BUSY_FOR
    prolong()
    assert not planned().placements
    Member.objects.update(busy_with={TASK: {"until": 1.0, "refusals": 2}})
    assert len(planned().placements) == 2


def test_how_long_each_pause_is() -> None:
    first = busy_with({}, [TASK], now=100.0)
    assert first == {TASK: {"until": 101.0, "refusals": 1}}
    second = busy_with(first, [TASK, OTHER], now=101.5)
    assert second[TASK] == {"until": 103.5, "refusals": 2}
    assert second[OTHER] == {"until": 102.5, "refusals": 1}
    later = busy_with(second, [OTHER], now=103.5 + BUSY_AT_MOST)
    assert later == {OTHER: {"until": 104.5 + BUSY_AT_MOST, "refusals": 1}}


def test_nothing_is_noted_of_nobody(desk: Desk) -> None:
    with connection.cursor() as cursor:
        pauses.leave_alone(cursor, [])
        pauses.note_taken(cursor, [])
