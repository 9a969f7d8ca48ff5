"""What people, and HTTP executors themselves, make of an executor's status."""

from __future__ import annotations

from typing import Any

import pytest

from executors.errors import ExecutorNotFound, StatusRefused
from executors.models import Executor, Member
from executors.states import ExecutionState, LeaseState
from executors.status import set_status
from executors.worker import registration
from executors.worker.identity import Identity
from jobs.ids import uuid7
from jobs.states import JobState
from tests.support.rows import make_executor, make_member
from tests.support.situations import assigned, running

pytestmark = pytest.mark.django_db


def standing(executor: Executor) -> tuple[str, str | None]:
    executor.refresh_from_db()
    return executor.status, executor.drained_by


def test_draining_gives_back_what_has_not_begun(cursor: Any):
    it = assigned()
    assert set_status(cursor, str(it.executor.id), "draining", "ada") == "draining"
    it.refresh()
    assert standing(it.executor) == ("draining", "ada")
    assert (it.lease.state, it.jobs[0].status) == (LeaseState.RELEASED, JobState.QUEUED)


def test_draining_leaves_what_runs(cursor: Any):
    it = running()
    set_status(cursor, str(it.executor.id), "draining", "ada")
    it.refresh()
    assert (it.lease.state, it.jobs[0].status) == (LeaseState.CLAIMED, JobState.RUNNING)


def test_a_drained_worker_is_resumed(cursor: Any):
    executor = make_executor(status="draining", drained_by="ada")
    assert set_status(cursor, str(executor.id), "online", "bob") == "online"
    assert standing(executor) == ("online", None)


def test_a_dead_worker_is_what_was_decided_when_it_is_back(cursor: Any):
    executor = make_executor(status="offline")
    me = Identity(str(executor.id), executor.name, str(executor.incarnation), "threads", 4)
    assert set_status(cursor, str(executor.id), "draining", "ada") == "offline"
    registration.beat(cursor, me, [])
    assert standing(executor) == ("draining", "ada")
    Executor.objects.update(status="offline")
    assert set_status(cursor, str(executor.id), "online", "ada") == "offline"
    registration.beat(cursor, me, [])
    assert standing(executor) == ("online", None)


def test_a_worker_that_ends_is_not_resumed(cursor: Any):
    executor = make_executor(status="draining")
    with pytest.raises(StatusRefused, match="about to end"):
        set_status(cursor, str(executor.id), "online", "ada")


def test_a_worker_is_not_set_offline(cursor: Any):
    executor = make_executor()
    with pytest.raises(StatusRefused, match="by stopping it"):
        set_status(cursor, str(executor.id), "offline", "ada")
    assert standing(executor) == ("online", None)


def test_a_member_set_offline_loses_what_it_has(cursor: Any):
    it = running(executor=make_member().executor)
    assert set_status(cursor, str(it.executor.id), "offline", "ada") == "offline"
    it.refresh()
    assert standing(it.executor) == ("offline", "ada")
    assert it.executions[0].state == ExecutionState.LOST
    assert Member.objects.get().shut


def test_a_member_that_says_that_it_drains_is_no_persons_doing(cursor: Any):
    executor = make_member().executor
    set_status(cursor, str(executor.id), "draining", "token", by_itself=True)
    assert standing(executor) == ("draining", None)
    set_status(cursor, str(executor.id), "offline", "token", by_itself=True)
    assert (*standing(executor), Member.objects.get().shut) == ("offline", None, True)
    set_status(cursor, str(executor.id), "online", "token", by_itself=True)
    assert (*standing(executor), Member.objects.get().shut) == ("online", None, False)


def test_a_member_does_not_undo_what_a_person_decided(cursor: Any):
    executor = make_member().executor
    set_status(cursor, str(executor.id), "draining", "ada")
    with pytest.raises(StatusRefused, match="ada had it take nothing new"):
        set_status(cursor, str(executor.id), "online", "token", by_itself=True)
    set_status(cursor, str(executor.id), "offline", "token", by_itself=True)
    assert standing(executor) == ("offline", "ada")


def test_of_no_executor(cursor: Any):
    with pytest.raises(ExecutorNotFound):
        set_status(cursor, uuid7(), "draining", "ada")
