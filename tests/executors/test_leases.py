"""Leases: handed out, claimed, ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from executors import leases
from executors.leases import PlannedLease, Tally
from executors.models import Execution, Lease
from executors.states import ExecutionState, LeaseState
from jobs.ids import uuid7
from jobs.models import Job
from jobs.states import JobState
from tests.support.rows import make_executor, make_job
from tests.support.situations import assigned, running

pytestmark = pytest.mark.django_db


def plan(executor: Any, jobs: list[Job], **fields: Any) -> PlannedLease:
    ids = [str(job.id) for job in jobs]
    return PlannedLease(uuid7(), str(executor.id), executor.name, "add_numbers", ids, **fields)


def test_assigned_lease_has_an_execution_for_each_job(cursor: Any) -> None:
    executor = make_executor()
    jobs = [make_job(attempt=n) for n in range(3)]
    planned = plan(executor, jobs, slots=2, priority=8, timeout=1.5)
    assert leases.assign(cursor, [planned]) == [planned]
    lease = Lease.objects.get()
    assert (str(lease.id), lease.state, lease.size) == (planned.id, LeaseState.ASSIGNED, 3)
    assert (lease.slots, lease.priority, lease.timeout) == (2, 8, 1.5)
    for job in jobs:
        job.refresh_from_db()
        execution = Execution.objects.get(job=job)
        assert (job.status, job.executor) == (JobState.ASSIGNED, "w1")
        assert job.execution_id == execution.id
        assert (execution.state, execution.attempt) == (ExecutionState.ASSIGNED, job.attempt + 1)
        assert execution.lease_id == lease.id
        assert str(execution.executor_id) == str(executor.id)


def test_jobs_that_are_no_longer_queued_are_left_out(cursor: Any) -> None:
    executor = make_executor()
    queued, gone, other = make_job(), make_job(JobState.CANCELLED), make_job(JobState.RUNNING)
    partly, emptied = plan(executor, [gone, queued]), plan(executor, [other])
    assert leases.assign(cursor, [partly, emptied]) == [partly]
    assert Lease.objects.get().size == 1
    assert str(Execution.objects.get().job_id) == str(queued.id)


def test_job_that_is_planned_twice_is_placed_once(cursor: Any) -> None:
    executor, job = make_executor(), make_job()
    planned = [plan(executor, [job]), plan(executor, [job])]
    assert len(leases.assign(cursor, planned)) == 1
    assert Execution.objects.count() == 1
    assert Lease.objects.count() == 1


def test_claim_gives_what_a_worker_needs(cursor: Any) -> None:
    it = assigned(3, attempt=1, max_attempts=4, timeout=2.5)
    Job.objects.filter(id=it.ids[1]).update(cancel_requested_at=it.jobs[1].created_at)
    got = it.claim(cursor)
    assert got is not None
    assert (got.lease_id, got.slots) == (it.lease_id, 1)
    assert [(job.job_id, job.execution_id) for job in got.jobs] == it.pairs
    assert {(job.type, job.attempt, job.max_attempts, job.timeout) for job in got.jobs} == {
        ("add_numbers", 2, 4, 2.5)
    }
    assert [job.cancelled for job in got.jobs] == [False, True, False]
    assert {job.payload for job in got.jobs} == {'{"a": 1, "b": 2}'}
    assert it.states() == ("claimed", ["running"] * 3, ["running"] * 3)
    assert str(it.lease.incarnation) == it.incarnation
    assert got.jobs[0].now == pytest.approx(it.lease.claimed_at.timestamp(), abs=1e-5)


def test_lease_is_claimed_once(cursor: Any) -> None:
    it = assigned(2)
    assert it.claim(cursor) is not None
    before = it.rows()
    assert it.claim(cursor) is None
    assert it.rows() == before


def test_claim_of_another_incarnation_or_of_nothing(cursor: Any) -> None:
    it = assigned()
    before = it.rows()
    assert leases.claim(cursor, it.lease_id, uuid7()) is None
    assert leases.claim(cursor, uuid7(), it.incarnation) is None
    assert it.rows() == before


@pytest.mark.parametrize("again", [False, True])
def test_late_outcome_changes_nothing(cursor: Any, again: bool) -> None:
    """Whether its jobs still wait, or run under another execution by now."""
    it = running(2)
    late = [it.outcome(JobState.COMPLETED, index) for index in range(2)]
    leases.lose(cursor, [it.lease_id], "gone")
    if again:
        planned = plan(it.executor, it.jobs)
        leases.assign(cursor, [planned])
        assert leases.claim(cursor, planned.id, it.incarnation) is not None
    before = it.rows()
    assert leases.record(cursor, it.lease_id, late, Tally(2, 3.0)) == 0
    assert it.rows() == before


@pytest.mark.parametrize(
    ("state", "execution"),
    [
        (JobState.COMPLETED, "completed"),
        (JobState.FAILED, "failed"),
        (JobState.SCHEDULED, "failed"),
        (JobState.CANCELLED, "cancelled"),
    ],
)
def test_outcome_is_written_to_job_and_execution(
    cursor: Any, state: JobState, execution: str
) -> None:
    it = running(2)
    outcome = it.outcome(state)
    assert leases.record(cursor, it.lease_id, [outcome], None) == 1
    assert it.states() == ("claimed", [execution, "running"], [state, "running"])
    its = it.executions[0]
    assert its.started_at.timestamp() == pytest.approx(outcome.started_at, abs=1e-5)
    assert its.completed_at.timestamp() == pytest.approx(outcome.completed_at, abs=1e-5)
    assert its.error == it.jobs[0].error
    assert (its.error is None) == (state == JobState.COMPLETED)


def test_outcome_that_is_written_twice_counts_once(cursor: Any) -> None:
    it = running()
    outcomes = [it.outcome(JobState.COMPLETED)]
    assert leases.record(cursor, it.lease_id, outcomes, Tally(1, 1.5)) == 1
    before = it.rows()
    other = [it.outcome(JobState.FAILED)]
    assert leases.record(cursor, it.lease_id, outcomes, Tally(9, 9.9)) == 0
    assert leases.record(cursor, it.lease_id, other, None) == 0
    assert it.rows() == before


def test_closing_notes_what_the_lease_came_to(cursor: Any) -> None:
    it = running(2)
    outcomes = [it.outcome(JobState.COMPLETED), it.outcome(JobState.FAILED, 1)]
    leases.record(cursor, it.lease_id, outcomes, Tally(2, 3.25))
    assert it.states() == ("finished", ["completed", "failed"], ["completed", "failed"])
    assert (it.lease.done, it.lease.busy_seconds) == (2, 3.25)
    assert it.lease.closed_at is not None


def test_only_unclaimed_leases_are_noted_as_sent_again(cursor: Any) -> None:
    executor = make_executor()
    waiting, claimed = assigned(executor=executor), running(executor=executor)
    long_ago = timezone.now() - timedelta(hours=1)
    Lease.objects.update(published_at=long_ago)
    leases.mark_published(cursor, [waiting.lease_id, claimed.lease_id])
    waiting.refresh()
    claimed.refresh()
    assert waiting.lease.published_at > long_ago
    assert claimed.lease.published_at == long_ago
