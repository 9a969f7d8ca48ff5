"""An executor's row: entered, kept fresh, replaced, left."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from executors.models import Executor
from executors.queues import broker_priority, executor_name, queue_name
from executors.worker import registration
from executors.worker.identity import Identity
from executors.worker.registration import Newcomer
from jobs import lifecycle
from jobs.models import Job
from tests.support.races import Rival
from tests.support.rows import make_executor
from tests.support.situations import assigned, running
from tests.support.waiting import wait_until

pytestmark = pytest.mark.django_db


def newcomer(name: str = "w1", **fields: Any) -> Newcomer:
    defaults = {"slots": 4, "pool": "prefork", "host": "here", "pid": 7, "types": ["echo"]}
    return Newcomer(name=name, **(defaults | fields))


def enter(cursor: Any, **fields: Any) -> tuple[Identity, Executor]:
    identity = registration.enter(cursor, newcomer(**fields))
    return identity, Executor.objects.get(id=identity.executor_id)


def test_name_belongs_to_the_session_that_took_it(rival: Rival) -> None:
    with connection.cursor() as cursor:
        assert rival.do(lambda c: registration.take_name(c, "w1"))
        assert not registration.take_name(cursor, "w1")
        assert registration.take_name(cursor, "w2")
        rival.close()
        wait_until(lambda: registration.take_name(cursor, "w1"), what="the name is free")


def test_who_has_a_name_is_told(cursor: Any) -> None:
    assert registration.whereabouts(cursor, "w1") == "a process that has not entered yet"
    enter(cursor)
    Executor.objects.update(last_heartbeat=timezone.now() - timedelta(days=2))
    words = "process 7 on here, heard of 17"
    assert registration.whereabouts(cursor, "w1").startswith(words)


def test_entering(cursor: Any) -> None:
    identity, executor = enter(cursor)
    assert (executor.name, executor.slots, executor.pool, executor.pid) == ("w1", 4, "prefork", 7)
    assert (executor.status, executor.types, executor.held) == ("online", ["echo"], [])
    assert str(executor.incarnation) == identity.incarnation
    assert executor.labels == {}
    assert identity.can_kill


def test_entering_anew_keeps_the_row_and_loses_what_was_claimed(cursor: Any) -> None:
    old, executor = enter(cursor)
    claimed, waiting = running(2, executor=executor), assigned(executor=executor)
    Executor.objects.update(status="offline", held=[claimed.lease.id])
    labels = {"gpu": "true", "zone": "a"}
    new, executor = enter(cursor, slots=8, pool="threads", pid=8, types=["noop"], labels=labels)
    assert new.executor_id == old.executor_id
    assert new.incarnation != old.incarnation
    assert (executor.slots, executor.pool, executor.pid) == (8, "threads", 8)
    assert (executor.status, executor.types, executor.held) == ("online", ["noop"], [])
    assert executor.labels == labels
    claimed.refresh()
    waiting.refresh()
    assert claimed.lease.state == "lost"
    assert {job.status for job in claimed.jobs} == {"queued"}
    # Its message is still under way, and the new incarnation may claim it.
    assert waiting.lease.state == "assigned"


def test_heartbeat_names_the_leases_and_moves_the_time(cursor: Any) -> None:
    identity, executor = enter(cursor)
    it = running(executor=executor)
    Executor.objects.update(last_heartbeat=timezone.now() - timedelta(hours=1))
    assert registration.beat(cursor, identity, [it.lease_id])
    executor.refresh_from_db()
    assert [str(id_) for id_ in executor.held] == [it.lease_id]
    cursor.execute("SELECT now()")
    assert executor.last_heartbeat == cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("before", "after"), [("offline", "online"), ("draining", "draining"), ("online", "online")]
)
def test_heartbeat_of_one_that_was_taken_for_dead(cursor: Any, before: str, after: str) -> None:
    identity, executor = enter(cursor)
    Executor.objects.update(status=before)
    assert registration.beat(cursor, identity, [])
    executor.refresh_from_db()
    assert executor.status == after


def test_what_a_person_drained_stays_so_through_silence_and_a_restart(cursor: Any) -> None:
    identity, executor = enter(cursor)
    Executor.objects.update(status="offline", drained_by="ada")
    assert registration.beat(cursor, identity, [])
    executor.refresh_from_db()
    assert executor.status == "draining"
    registration.leave(cursor, identity)
    _, executor = enter(cursor)
    assert (executor.status, executor.drained_by) == ("draining", "ada")


def test_replaced_incarnation_learns_of_it_and_touches_nothing(cursor: Any) -> None:
    old, executor = enter(cursor)
    enter(cursor)
    executor.refresh_from_db()
    it, waiting = running(executor=executor), assigned(executor=executor)
    before = Executor.objects.values().get(), it.rows()
    assert not registration.beat(cursor, old, [])
    registration.drain(cursor, old)
    registration.leave(cursor, old)
    assert (Executor.objects.values().get(), it.rows()) == before
    waiting.refresh()
    assert waiting.lease.state == "assigned"


def test_draining_gives_back_what_nobody_claimed(cursor: Any) -> None:
    identity, executor = enter(cursor)
    claimed, waiting = running(2, executor=executor), assigned(2, executor=executor)
    registration.drain(cursor, identity)
    executor.refresh_from_db()
    claimed.refresh()
    waiting.refresh()
    assert executor.status == "draining"
    assert (claimed.lease.state, waiting.lease.state) == ("claimed", "released")
    assert {(job.status, job.attempt) for job in waiting.jobs} == {("queued", 0)}


def test_leaving_loses_what_is_left(cursor: Any) -> None:
    identity, executor = enter(cursor)
    claimed, waiting = running(executor=executor), assigned(executor=executor)
    registration.leave(cursor, identity)
    executor.refresh_from_db()
    claimed.refresh()
    waiting.refresh()
    assert executor.status == "offline"
    assert (claimed.lease.state, waiting.lease.state) == ("lost", "lost")
    assert [job.attempt for job in (*claimed.jobs, *waiting.jobs)] == [1, 0]


def test_cancellations_that_were_not_heeded_in_time(cursor: Any) -> None:
    identity, executor = enter(cursor)
    elsewhere = running(executor=make_executor("w2"))
    heeded_soon, overdue = running(executor=executor), running(executor=executor)
    lifecycle.cancel(cursor, [*heeded_soon.ids, *overdue.ids, *elsewhere.ids], "me")
    long_ago = timezone.now() - timedelta(seconds=60)
    for it in (overdue, elsewhere):
        Job.objects.filter(id=it.ids[0]).update(cancel_requested_at=long_ago)
    assert registration.overdue_cancellations(cursor, identity, 10.0) == [overdue.lease_id]
    assert registration.overdue_cancellations(cursor, identity, 120.0) == []


def test_names() -> None:
    assert executor_name("celery@w1") == "w1"
    assert executor_name("w1@host") == "w1@host"
    assert queue_name("w1") == "executor.w1"
    assert [broker_priority(priority) for priority in (9, 5, 0)] == [0, 4, 9]
