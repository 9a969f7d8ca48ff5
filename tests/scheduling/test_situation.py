"""What the dispatcher reads from the database."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from executors.models import Executor, Lease
from executors.states import LeaseState
from jobs.states import JobState
from scheduling.dispatching.candidates import read_candidates
from scheduling.dispatching.capacity import read_capacity
from scheduling.dispatching.learning import read_closed_leases
from tests.support.rows import make_executor, make_gateway, make_job, make_lease, make_member

pytestmark = pytest.mark.django_db
SILENCE = timedelta(seconds=60)


def queued(type_: str = "echo", *, width: int = 1, **fields: Any) -> Any:
    defaults = {"type": type_, "thread_demand": width, "placement_class": f"{type_}/{width}"}
    return make_job(JobState.QUEUED, **(defaults | fields))


def read(cursor: Any, **wanted: int) -> list[str]:
    return [job.id for job in read_candidates(cursor, wanted)]


def test_slots_in_use_are_those_of_live_leases(cursor: Any) -> None:
    executor = make_executor(slots=6, types=["echo", "noop"], labels={"gpu": "true"})
    for state in LeaseState:
        make_lease(executor, state, slots=2, job_type="echo")
    make_lease(executor, LeaseState.CLAIMED, slots=1, job_type="noop")
    for status in ("draining", "offline"):
        make_executor(status, status=status)
    idle = make_executor("w2", slots=3)
    (first, second), parts_wait = read_capacity(cursor)
    assert not parts_wait
    assert (first.executor_id, first.executor, first.slots) == (str(executor.id), "w1", 6)
    assert Counter((its.work, its.slots, its.size) for its in first.leases) == {
        ("echo/2", 2, 1): 2,
        ("noop", 1, 1): 1,
    }
    assert all(abs(its.elapsed) < 60 for its in first.leases)
    assert (first.types, first.labels) == ({"echo", "noop"}, {"gpu": "true", "executor": "w1"})
    assert (second.executor_id, second.leases) == (str(idle.id), [])
    # A column that counts could leak; rows that end can not.
    Lease.objects.filter(state=LeaseState.CLAIMED).update(
        state=LeaseState.LOST, closed_at=timezone.now()
    )
    assert [len(c.leases) for c in read_capacity(cursor)[0]] == [1, 0]
    Executor.objects.filter(name="w1").update(last_heartbeat=timezone.now() - SILENCE)
    assert [c.executor for c in read_capacity(cursor, 60.0)[0]] == ["w2"]
    Executor.objects.all().delete()
    assert read_capacity(cursor) == ([], False)


@pytest.mark.parametrize(
    ("silent", "ended", "names"),
    [
        (None, False, ["w1"]),
        (0, False, ["shop:one", "w1"]),
        (5, False, ["shop:one", "w1"]),
        (60, False, ["w1"]),
        (5, True, ["shop:one", "w1"]),
        (60, True, ["w1"]),
    ],
)
def test_http_executors_have_room_while_a_gateway_calls_them(
    cursor: Any, silent: float | None, ended: bool, names: list[str]
) -> None:
    make_executor("w1")
    make_member("shop", "one")
    if silent is not None:
        then = timezone.now() - timedelta(seconds=silent)
        make_gateway(last_beat=then, ended_at=then if ended else None)
    assert [its.executor for its in read_capacity(cursor, 10.0)[0]] == names


def test_candidates_are_the_oldest_of_each_class_and_priority(cursor: Any) -> None:
    ages = {n: timedelta(minutes=n) for n in range(5)}
    narrow = {n: queued(age=ages[n]) for n in range(5)}
    wide = {n: queued(width=4, age=ages[n]) for n in range(5)}
    urgent = queued(priority=9)
    others = [queued("noop") for _ in range(3)]
    expected = {narrow[4], narrow[3], wide[4], wide[3], urgent}
    assert set(read(cursor, echo=2)) == {str(job.id) for job in expected}
    assert set(read(cursor, echo=2, noop=9)) >= {str(job.id) for job in others}
    assert read(cursor) == []
    assert read(cursor, never_heard_of=5) == []


def test_jobs_that_can_not_be_placed_hide_nobody(cursor: Any) -> None:
    for _ in range(50):
        queued("unplaceable", priority=9, age=timedelta(hours=1))
        queued("echo", width=200, priority=9, age=timedelta(hours=1))
    job = queued("echo", priority=0)
    assert str(job.id) in read(cursor, echo=1)


@pytest.mark.parametrize("status", sorted(set(JobState) - {JobState.QUEUED}))
def test_only_queued_jobs_are_candidates(cursor: Any, status: str) -> None:
    make_job(status, type="echo", placement_class="echo/1")
    assert read(cursor, echo=10) == []


@pytest.mark.parametrize(
    ("type_", "fields", "alone"),
    [
        ("echo", {}, False),
        ("echo", {"isolated": True}, True),
        ("echo", {"timeout": 1.5}, True),
        ("latch_once", {}, True),
        ("never_heard_of", {}, False),
    ],
)
def test_who_shares_no_lease(cursor: Any, type_: str, fields: dict[str, Any], alone: bool) -> None:
    queued(type_, width=3, age=timedelta(seconds=90), **fields)
    (job,) = read_candidates(cursor, {type_: 1})
    assert (job.type, job.thread_demand, job.alone) == (type_, 3, alone)
    assert job.timeout == fields.get("timeout")
    assert job.age == pytest.approx(90, abs=20)


def test_durations_come_from_leases_closed_since(cursor: Any) -> None:
    executor, start = make_executor(), timezone.now()

    def closed(seconds_ago: float, **fields: Any) -> None:
        at = start - timedelta(seconds=seconds_ago)
        make_lease(executor, LeaseState.FINISHED, closed_at=at, **fields)

    closed(50, job_type="echo", busy_seconds=1.5, done=3)
    closed(40, job_type="echo", busy_seconds=0.5, done=1)
    closed(30, job_type="noop", busy_seconds=0.25, done=5)
    closed(20, job_type="idle", busy_seconds=0, done=0)
    make_lease(executor, LeaseState.CLAIMED, job_type="echo", busy_seconds=9)
    news, until = read_closed_leases(cursor, start.timestamp() - 100)
    assert sorted(news) == [("echo", 2.0, 4), ("noop", 0.25, 5)]
    assert until == pytest.approx(start.timestamp() - 30, abs=1e-5)
    assert read_closed_leases(cursor, until) == ([], until)
