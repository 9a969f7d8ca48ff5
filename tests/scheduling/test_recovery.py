"""Leases that got stuck are found and put right; all others are left alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from executors.models import Executor, Lease
from executors.worker import registration
from executors.worker.identity import Identity
from jobs.ids import uuid7
from scheduling.dispatching import recovery
from scheduling.dispatching.recovery import RecoveryLimits
from tests.support.rows import make_executor, make_gateway, make_member
from tests.support.situations import Situation, assigned, running

pytestmark = pytest.mark.django_db

LIMITS = RecoveryLimits(heartbeat_limit=10, heartbeat_interval=2, republish_after=3)


def ago(seconds: float) -> Any:
    return timezone.now() - timedelta(seconds=seconds)


def recover(cursor: Any, **options: bool) -> list[str]:
    return [lease.id for lease in recovery.recover(cursor, LIMITS, **options)]


def age(it: Situation, seconds: float) -> None:
    """Makes the lease's past longer."""
    past = {"assigned_at": ago(seconds), "published_at": ago(seconds)}
    if it.lease.claimed_at:
        past["claimed_at"] = ago(seconds)
    Lease.objects.filter(id=it.lease_id).update(**past)


def hold(executor: Executor, *its: Situation) -> None:
    """A fresh heartbeat that names these leases."""
    held = [it.lease_id for it in its]
    Executor.objects.filter(id=executor.id).update(held=held, last_heartbeat=timezone.now())


def states(*its: Situation) -> list[str]:
    for it in its:
        it.refresh()
    return [it.lease.state for it in its]


@pytest.mark.parametrize(
    ("silence", "judged", "status"),
    [(5, True, "online"), (60, True, "offline"), (60, False, "online")],
)
def test_silence_for_too_long_is_death(
    cursor: Any, silence: float, judged: bool, status: str
) -> None:
    executor = make_executor(last_heartbeat=ago(silence))
    waiting, claimed = assigned(executor=executor), running(2, executor=executor)
    recover(cursor, judge_silence=judged)
    executor.refresh_from_db()
    assert executor.status == status
    assert states(waiting, claimed) == (
        ["lost", "lost"] if status == "offline" else ["assigned", "claimed"]
    )


def test_draining_executor_that_falls_silent_is_dead_too(cursor: Any) -> None:
    executor = make_executor(status="draining", last_heartbeat=ago(60))
    it = running(executor=executor)
    recover(cursor)
    assert states(it) == ["lost"]
    assert (it.jobs[0].status, it.jobs[0].error["message"]) == (
        "queued", "Its executor went silent."
    )  # fmt: skip


def test_lease_that_its_executor_does_not_hold_is_lost(cursor: Any) -> None:
    executor = make_executor()
    held, forgotten, young = (running(executor=executor) for _ in range(3))
    age(held, 60)
    age(forgotten, 60)
    hold(executor, held)
    age(young, 1)  # claimed before the heartbeat, but perhaps not known to it yet
    recover(cursor)
    assert states(held, forgotten, young) == ["claimed", "lost", "claimed"]


def test_lease_claimed_after_the_list_of_a_late_heartbeat_was_read_is_left_alone(
    cursor: Any,
) -> None:
    executor = make_executor()
    it = running(executor=executor)
    age(it, 50)
    identity = Identity(str(executor.id), executor.name, str(executor.incarnation), "prefork", 4)
    assert registration.beat(cursor, identity, [], age=60.0)
    recover(cursor, judge_silence=False)
    assert states(it) == ["claimed"]
    assert registration.beat(cursor, identity, [])
    recover(cursor, judge_silence=False)
    assert states(it) == ["lost"]


def test_lease_of_an_earlier_incarnation_is_lost(cursor: Any) -> None:
    it = running()
    hold(it.executor, it)
    Executor.objects.update(incarnation=uuid7())
    recover(cursor)
    assert states(it) == ["lost"]


def test_message_that_nobody_took_is_sent_again(cursor: Any) -> None:
    executor = make_executor(slots=2)
    fresh, stale = assigned(executor=executor), assigned(3, executor=executor)
    age(fresh, 0)
    age(stale, 30)
    assert recover(cursor) == [stale.lease_id]
    assert recover(cursor) == []
    assert states(fresh, stale) == ["assigned", "assigned"]


def test_message_that_is_sent_again_says_the_same(cursor: Any) -> None:
    it = assigned(3)
    age(it, 30)
    Lease.objects.update(slots=2, priority=8, timeout=1.5)
    (again,) = recovery.recover(cursor, LIMITS)
    assert (again.executor_id, again.executor) == (str(it.executor.id), "w1")
    assert (again.job_type, len(again.job_ids)) == ("add_numbers", 3)
    assert (again.slots, again.priority, again.timeout) == (2, 8, 1.5)


def test_lease_that_waits_behind_a_full_executor_goes_back(cursor: Any) -> None:
    executor = make_executor(slots=2)
    busy = [running(executor=executor) for _ in range(2)]
    waiting = assigned(2, executor=executor)
    for it in (*busy, waiting):
        age(it, 30)
    hold(executor, *busy)
    assert recover(cursor) == []
    assert states(waiting, *busy) == ["released", "claimed", "claimed"]
    assert [(job.status, job.attempt, job.isolated) for job in waiting.jobs] == [
        ("queued", 0, False)
    ] * 2


def test_lease_of_a_leaving_executor_goes_back(cursor: Any) -> None:
    it = assigned(executor=make_executor(status="draining"))
    age(it, 30)
    assert recover(cursor) == []
    assert states(it) == ["released"]


@pytest.fixture
def http() -> Executor:
    return make_member("shop", "one", slots=4).executor


@pytest.mark.parametrize(
    ("silent", "judged", "state"),
    [
        (None, True, "released"),
        (5, True, "assigned"),
        (60, True, "released"),
        (60, False, "assigned"),
    ],
)
def test_what_no_gateway_calls_for_goes_back_at_no_cost(
    cursor: Any, http: Executor, silent: float | None, judged: bool, state: str
) -> None:
    if silent is not None:
        make_gateway(last_beat=ago(silent))
    waiting, begun = assigned(executor=http), running(executor=http)
    on_a_worker = assigned()
    recover(cursor, judge_silence=judged)
    assert states(waiting, begun, on_a_worker) == [state, "claimed", "assigned"]
    (job,) = waiting.jobs
    expected = ("queued", 0, None) if state == "released" else ("assigned", 0, http.name)
    assert (job.status, job.attempt, job.executor) == expected
    assert begun.jobs[0].status == "running"


def test_what_goes_well_is_left_alone(cursor: Any) -> None:
    executor = make_executor()
    claimed, waiting = running(2, executor=executor), assigned(2, executor=executor)
    age(claimed, 1000)
    hold(executor, claimed)
    before = [claimed.rows(), waiting.rows()]
    assert recover(cursor) == []
    assert [claimed.rows(), waiting.rows()] == before
