"""What the ends of jobs lead to: tasks that pause themselves, and chains."""

from __future__ import annotations

from typing import Any

import pytest
from django_celery_beat.models import PeriodicTask
from hypothesis import given
from hypothesis import strategies as st

from jobs.models import Job
from jobs.states import FINAL, JobState
from scheduling import firing
from scheduling.following import follow, set_aside
from scheduling.following.decision import Ended, Streak, Wishes, count, next_task
from scheduling.models import Task
from tests.scheduling.following import end, make, run_all, states, trigger
from tests.support.tasks import make_task

pytestmark = pytest.mark.django_db


@given(st.lists(st.sampled_from(sorted(FINAL)), max_size=30), st.integers(1, 5))
def test_a_task_pauses_after_so_many_failures_in_a_row(ends: list[JobState], limit: int) -> None:
    streak, in_a_row = Streak(0, enabled=True), 0
    for state in ends:
        if state != JobState.CANCELLED:
            in_a_row = in_a_row + 1 if state == JobState.FAILED else 0
        streak = count(Ended("", "", state, 0), streak, Wishes(pause_after=limit))
        assert streak.enabled == (in_a_row < limit)
        if not streak.enabled:
            break


@given(st.integers(1, 9), st.integers(0, 9))
def test_a_resumed_task_starts_anew(limit: int, more: int) -> None:
    after = count(
        Ended("", "", JobState.FAILED, 0),
        Streak(limit + more, enabled=True),
        Wishes(pause_after=limit),
    )
    assert after == Streak(1, enabled=limit > 1)


def test_a_task_that_fails_pauses_itself_and_says_why(cursor: Any) -> None:
    task = make(pause_after_failures=2)
    jobs = [trigger(cursor, task) for _ in range(3)]
    for job, status, failures in zip(
        jobs, (JobState.FAILED, JobState.COMPLETED, JobState.FAILED), (1, 0, 1), strict=True
    ):
        end(job, status)
        follow(cursor, 10)
        task.refresh_from_db()
        assert (task.enabled, task.failures, task.pause_reason) == (True, failures, None)
    last = trigger(cursor, task)
    end(last, JobState.FAILED)
    follow(cursor, 10)
    task = Task.objects.get()
    assert not task.enabled
    assert task.pause_reason["code"] == "failed_too_often"
    assert task.pause_reason["job"] == str(last.id)
    assert "2 times" in task.pause_reason["message"]


def test_beat_makes_no_tick_of_a_task_that_paused_itself(cursor: Any) -> None:
    task = make_task("it", "* * * * * *", pause_after_failures=1)
    firing.follow_changes(cursor, 10)
    end(trigger(cursor, task), JobState.FAILED)
    follow(cursor, 10)
    firing.follow_changes(cursor, 10)
    assert Task.objects.get().next_run_at is None


def test_a_payload_that_does_not_fit_counts_as_a_failure(cursor: Any) -> None:
    task = make(pause_after_failures=1)
    Task.objects.update(type="add_numbers", payload={}, checked_schema="of yesterday")
    assert trigger(cursor, task).status == JobState.FAILED
    assert follow(cursor, 10).done == 1
    assert not PeriodicTask.objects.get().enabled


@pytest.mark.parametrize(
    ("status", "expected"),
    [(JobState.COMPLETED, "good"), (JobState.FAILED, "bad"), (JobState.CANCELLED, None)],
)
def test_the_end_of_a_job_triggers_another_task(
    cursor: Any, status: JobState, expected: str | None
) -> None:
    then = {name: make(name) for name in ("good", "bad")}
    task = make(on_success=then["good"], on_failure=then["bad"])
    job = trigger(cursor, task)
    end(job, status)
    followed = follow(cursor, 10)
    assert (followed.done, followed.queued) == (1, expected is not None)
    assert not follow(cursor, 10).done
    children = Job.objects.filter(parent_id=job.id)
    assert [(child.name, child.depth, child.status) for child in children] == (
        [(expected, 1, "queued")] if expected else []
    )


def test_a_paused_task_is_not_triggered_by_others(cursor: Any) -> None:
    then = make("then", enabled=False)
    end(trigger(cursor, make(on_success=then)))
    assert follow(cursor, 10).done == 1
    assert not states(then)


def test_the_mode_of_the_next_task_holds(cursor: Any) -> None:
    then = make("then", execution_mode="skip")
    task = make(on_success=then)
    for _ in range(3):
        end(trigger(cursor, task))
    assert follow(cursor, 10).done == 3
    assert sorted(states(then)) == ["cancelled", "cancelled", "queued"]


def test_a_circle_ends(cursor: Any, settings: Any) -> None:
    settings.CELERIAC = settings.CELERIAC | {"CHAIN_LENGTH_MAX": 5}
    one, other = make("one"), make("other")
    Task.objects.filter(pk=one.pk).update(on_success=other, on_failure=other)
    Task.objects.filter(pk=other.pk).update(on_success=one, on_failure=one)
    trigger(cursor, one)
    run_all(cursor)
    jobs = Job.objects.order_by("id")
    assert [job.status for job in jobs] == ["completed"] * 6 + ["failed"]
    assert jobs.last().error["code"] == "chain_too_long"


@given(st.integers(0, 100), st.integers(1, 50))
def test_nothing_follows_what_is_beyond_the_end_of_a_chain(depth: int, longest: int) -> None:
    ended = Ended("", "", JobState.FAILED, depth)
    assert (next_task(ended, Wishes(on_failure="x"), longest) is None) == (depth > longest)


def test_jobs_of_tasks_that_ask_for_nothing_are_not_marked(cursor: Any) -> None:
    assert trigger(cursor, make()).follow_up is None
    assert trigger(cursor, make("other", execution_mode="skip")).follow_up is None
    assert trigger(cursor, make("third", execution_mode="sequential")).follow_up


def test_what_cannot_be_followed_is_set_aside(cursor: Any) -> None:
    end(trigger(cursor, make(execution_mode="sequential")))
    set_aside(cursor, "why")
    assert not follow(cursor, 10).done
