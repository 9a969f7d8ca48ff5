"""What a setback costs a job, and what is written about it."""

from __future__ import annotations

from typing import Any

import pytest

from executors import leases
from executors.leases import Tally
from executors.states import LeaseState
from jobs import lifecycle
from jobs.models import Job, JobEvent
from jobs.states import JobState
from tests.support.situations import assigned, make_situation, running

pytestmark = pytest.mark.django_db


def events(job: Job) -> list[tuple[str, dict[str, Any]]]:
    return [(event.kind, event.data) for event in JobEvent.objects.filter(job_id=job.id)]


def test_normal_life_has_no_events(cursor: Any) -> None:
    it = assigned()
    leases.claim(cursor, it.lease_id, it.incarnation)
    it.refresh()
    leases.record(cursor, it.lease_id, [it.outcome(JobState.COMPLETED)], Tally(1, 1.5))
    it.refresh()
    job = it.jobs[0]
    assert (job.status, job.attempt, job.result) == (JobState.COMPLETED, 1, {"sum": 3})
    assert job.execution_time == pytest.approx(1.5)
    assert job.queue_time == pytest.approx((job.started_at - job.available_at).total_seconds())
    assert job.total_time == pytest.approx((job.completed_at - job.created_at).total_seconds())
    assert not JobEvent.objects.exists()


@pytest.mark.parametrize("isolate", [False, True])
def test_giving_back_costs_nothing(cursor: Any, isolate: bool) -> None:
    it = running(attempt=2, progress={"fraction": 0.5, "message": ""})
    assert lifecycle.requeue(cursor, it.pairs, isolate=isolate) == it.ids
    it.refresh()
    job = it.jobs[0]
    assert (job.status, job.attempt, job.isolated) == (JobState.QUEUED, 1, isolate)
    assert (job.execution_id, job.executor, job.started_at, job.progress) == (None,) * 4
    assert events(job) == ([("lost", {"alone": False})] if isolate else [])


def test_giving_back_what_has_not_started_leaves_the_attempts_alone(cursor: Any) -> None:
    it = assigned(attempt=2)
    lifecycle.requeue(cursor, it.pairs, isolate=False)
    it.refresh()
    assert (it.jobs[0].status, it.jobs[0].attempt) == (JobState.QUEUED, 2)


def test_isolation_lasts(cursor: Any) -> None:
    it = running(isolated=True)
    lifecycle.requeue(cursor, it.pairs, isolate=False)
    it.refresh()
    assert it.jobs[0].isolated


@pytest.mark.parametrize(
    ("attempt", "repeatable", "status"),
    [
        (1, True, JobState.QUEUED),
        (2, True, JobState.QUEUED),
        (3, True, JobState.FAILED),
        (1, False, JobState.FAILED),
    ],
)
def test_loss_while_alone_uses_up_an_attempt(
    cursor: Any, attempt: int, repeatable: bool, status: str
) -> None:
    it = running(attempt=attempt, max_attempts=3)
    assert lifecycle.lose(cursor, it.pairs, "It is gone.", repeatable=repeatable) == it.ids
    it.refresh()
    job = it.jobs[0]
    assert (job.status, job.attempt, job.isolated) == (status, attempt, True)
    assert job.error == {"code": "lost", "message": "It is gone."}
    assert (job.completed_at is None) == (job.execution_id is None) == (status == JobState.QUEUED)
    assert events(job) == [("lost", {"alone": True, "reason": "It is gone."})]


def test_loss_is_forgiven_by_a_result(cursor: Any) -> None:
    it = running(error={"code": "lost", "message": ""})
    leases.record(cursor, it.lease_id, [it.outcome(JobState.COMPLETED)], None)
    it.refresh()
    assert it.jobs[0].error is None


def test_failed_attempt_waits_for_its_delay(cursor: Any) -> None:
    it = running()
    leases.record(cursor, it.lease_id, [it.outcome(JobState.SCHEDULED, delay=30.0)], None)
    it.refresh()
    job = it.jobs[0]
    assert (job.status, job.attempt, job.execution_id) == (JobState.SCHEDULED, 1, None)
    assert (job.started_at, job.completed_at, job.queue_time) == (None, None, None)
    cursor.execute("SELECT now()")
    assert (job.available_at - cursor.fetchone()[0]).total_seconds() == pytest.approx(30)
    ((kind, data),) = events(job)
    assert kind == "retried"
    assert data == {"error": job.error, "delay": 30}


def test_progress_is_noted_for_the_execution_that_runs_alone(cursor: Any) -> None:
    it = running()
    (pair,) = it.pairs
    lifecycle.report_progress(cursor, pair, 0.25, 'a "quarter"')
    stranger = pair._replace(execution_id=str(it.lease.id))
    lifecycle.report_progress(cursor, stranger, 0.99, "nonsense")
    it.refresh()
    assert it.jobs[0].progress == {"fraction": 0.25, "message": 'a "quarter"'}
    done = make_situation(JobState.COMPLETED, LeaseState.FINISHED, executor=it.executor)
    lifecycle.report_progress(cursor, done.pairs[0], 0.5, "too late")
    done.refresh()
    assert done.jobs[0].progress is None
