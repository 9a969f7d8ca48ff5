"""Jobs of one task that run one by one, and those that give way to others."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from jobs import lifecycle
from jobs.models import Job
from jobs.states import JobState
from scheduling import firing
from scheduling.defining import definitions
from scheduling.following import follow
from scheduling.following.round import free_stuck
from scheduling.models import Task
from tests.scheduling.following import end, make, states, trigger
from tests.support.tasks import make_task, seconds, set_due

pytestmark = pytest.mark.django_db


def test_sequential_jobs_come_to_their_turn_in_order(cursor: Any) -> None:
    task = make(execution_mode="sequential")
    jobs = [trigger(cursor, task) for _ in range(4)]
    assert [job.status for job in jobs] == ["queued", "waiting", "waiting", "waiting"]
    for job in jobs:
        job.refresh_from_db()
        assert job.status == JobState.QUEUED
        end(job)
        assert follow(cursor, 10).done == 1
        assert Job.objects.filter(task_id=task.pk, status=JobState.QUEUED).count() <= 1
    assert not Job.objects.filter(is_active=True).exists()


def test_the_line_is_bounded(cursor: Any) -> None:
    task = make(execution_mode="sequential", max_pending=2)
    assert [trigger(cursor, task).status for _ in range(4)] == [
        "queued", "waiting", "waiting", "cancelled"
    ]  # fmt: skip
    assert Job.objects.get(status=JobState.CANCELLED).error["code"] == "skipped"


def test_who_leaves_the_line_holds_nobody_up(cursor: Any) -> None:
    task = make(execution_mode="sequential")
    first, second, third = (trigger(cursor, task) for _ in range(3))
    lifecycle.cancel(cursor, [str(second.id)], "somebody")
    lifecycle.cancel(cursor, [str(first.id)], "somebody")
    follow(cursor, 10)
    third.refresh_from_db()
    assert third.status == JobState.QUEUED


def test_skip_drops_what_comes_meanwhile(cursor: Any) -> None:
    task = make(execution_mode="skip")
    first, second = trigger(cursor, task), trigger(cursor, task)
    assert (first.status, second.status) == ("queued", "cancelled")
    assert second.error["code"] == "skipped"
    end(first)
    assert trigger(cursor, task).status == JobState.QUEUED


def test_an_attempt_that_is_to_be_repeated_is_unfinished(cursor: Any) -> None:
    task = make(execution_mode="skip")
    Job.objects.filter(id=trigger(cursor, task).id).update(status=JobState.SCHEDULED)
    assert trigger(cursor, task).status == JobState.CANCELLED


def test_replace_cancels_what_waits_at_once(cursor: Any) -> None:
    task = make(execution_mode="replace")
    first, second = trigger(cursor, task), trigger(cursor, task)
    first.refresh_from_db()
    assert (first.status, second.status) == ("cancelled", "queued")
    assert first.events.get().data == {"reason": "replaced"}


def test_replace_waits_until_what_runs_has_stopped(cursor: Any) -> None:
    task = make(execution_mode="replace")
    first = trigger(cursor, task)
    Job.objects.filter(id=first.id).update(
        status=JobState.RUNNING, started_at=timezone.now(), execution_id=first.id, executor="w1"
    )
    second, third = trigger(cursor, task), trigger(cursor, task)
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.cancel_requested_at is not None
    assert (first.status, second.status, third.status) == ("running", "cancelled", "waiting")
    assert first.events.count() == 1
    end(first, JobState.CANCELLED)
    follow(cursor, 10)
    third.refresh_from_db()
    assert third.status == JobState.QUEUED


def test_ticks_of_one_round_line_up_in_their_order(cursor: Any) -> None:
    task = make_task("it", "* * * * * *", execution_mode="sequential", misfire_policy="fire_all")
    now = firing.read_clock(cursor).replace(microsecond=0)
    set_due(task, now - seconds(3))
    firing.fire_due(cursor, 10)
    jobs = Job.objects.filter(task_id=task.pk).order_by("scheduled_for")
    assert [(job.status, job.turn) for job in jobs] == [
        ("queued", None), ("waiting", 1), ("waiting", 2), ("waiting", 3)
    ]  # fmt: skip


def test_edit_to_parallel_lets_all_go(cursor: Any) -> None:
    task = make(execution_mode="sequential")
    for _ in range(3):
        trigger(cursor, task)
    assert not free_stuck(cursor)
    Task.objects.update(execution_mode="parallel")
    assert free_stuck(cursor)
    assert states(task) == ["queued"] * 3


def test_lines_go_on_where_nobody_noticed_the_end(cursor: Any) -> None:
    tasks = [make(f"task {n}", execution_mode="sequential") for n in range(3)]
    for task in tasks:
        first = trigger(cursor, task)
        trigger(cursor, task)
        end(first)
    Job.objects.update(follow_up=None)
    assert free_stuck(cursor)
    assert [states(task) for task in tasks] == [["completed", "queued"]] * 3


def test_jobs_of_a_deleted_task_still_run_one_by_one(cursor: Any) -> None:
    task = make(execution_mode="sequential")
    for _ in range(3):
        trigger(cursor, task)
    definitions.delete([str(task.pk)])
    for _ in range(3):
        assert Job.objects.filter(status=JobState.QUEUED).count() == 1
        end(Job.objects.get(status=JobState.QUEUED))
        follow(cursor, 10)
    assert not Job.objects.filter(is_active=True).exists()
