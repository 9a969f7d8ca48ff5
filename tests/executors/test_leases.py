"""Leases: handed out, claimed, ended; and what wins when two want the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from executors import leases
from executors.leases import Claim, PlannedLease, Tally
from executors.models import Execution, Lease
from executors.states import ExecutionState, LeaseState
from jobs import lifecycle
from jobs.ids import uuid7
from jobs.models import Job
from jobs.states import JobState
from tests.support.races import Rival
from tests.support.rows import make_executor, make_job
from tests.support.situations import Situation, assigned, running

pytestmark = pytest.mark.django_db


def plan(executor: Any, jobs: list[Job], **fields: Any) -> PlannedLease:
    ids = [str(job.id) for job in jobs]
    return PlannedLease(uuid7(), str(executor.id), executor.name, "add_numbers", ids, **fields)


def claim(cursor: Any, it: Situation) -> Claim | None:
    return leases.claim(cursor, it.lease_id, it.incarnation)


def states(it: Situation) -> tuple[str, list[str], list[str]]:
    """Of the lease, its executions and its jobs."""
    it.refresh()
    return it.lease.state, [e.state for e in it.executions], [j.status for j in it.jobs]


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
    got = claim(cursor, it)
    assert got is not None
    assert (got.lease_id, got.slots) == (it.lease_id, 1)
    assert [(job.job_id, job.execution_id) for job in got.jobs] == it.pairs
    assert {(job.type, job.attempt, job.max_attempts, job.timeout) for job in got.jobs} == {
        ("add_numbers", 2, 4, 2.5)
    }
    assert [job.cancelled for job in got.jobs] == [False, True, False]
    assert {job.payload for job in got.jobs} == {'{"a": 1, "b": 2}'}
    assert states(it) == ("claimed", ["running"] * 3, ["running"] * 3)
    assert str(it.lease.incarnation) == it.incarnation
    assert got.jobs[0].now == pytest.approx(it.lease.claimed_at.timestamp(), abs=1e-5)


def test_lease_is_claimed_once(cursor: Any) -> None:
    it = assigned(2)
    assert claim(cursor, it) is not None
    before = it.rows()
    assert claim(cursor, it) is None
    assert it.rows() == before


def test_claim_of_another_incarnation_or_of_nothing(cursor: Any) -> None:
    it = assigned()
    before = it.rows()
    assert leases.claim(cursor, it.lease_id, uuid7()) is None
    assert leases.claim(cursor, uuid7(), it.incarnation) is None
    assert it.rows() == before


def test_two_claims_at_once(rival: Rival) -> None:
    it = assigned(3)
    with transaction.atomic(), connection.cursor() as cursor:
        mine = claim(cursor, it)
        theirs = rival.begin(lambda c: claim(c, it))
        rival.wait_blocked()
    assert mine is not None
    assert theirs.result() is None
    assert states(it) == ("claimed", ["running"] * 3, ["running"] * 3)
    assert [job.attempt for job in mine.jobs] == [job.attempt for job in it.jobs] == [1, 1, 1]


@pytest.mark.parametrize(
    ("take", "ended"),
    [
        (lambda c, it: leases.release(c, [it.lease_id]), "released"),
        (lambda c, it: leases.lose(c, [it.lease_id], "gone"), "lost"),
    ],
)
def test_claim_against_taking_back(rival: Rival, take: Any, ended: str) -> None:
    it = assigned(3)
    with transaction.atomic(), connection.cursor() as cursor:
        assert sorted(take(cursor, it)) == it.ids
        theirs = rival.begin(lambda c: claim(c, it))
        rival.wait_blocked()
    assert theirs.result() is None
    assert states(it) == (ended, [ended] * 3, ["queued"] * 3)
    assert {job.attempt for job in it.jobs} == {0}


def test_release_against_an_earlier_claim(rival: Rival) -> None:
    it = assigned(3)
    with transaction.atomic(), connection.cursor() as cursor:
        assert claim(cursor, it) is not None
        released = rival.begin(lambda c: leases.release(c, [it.lease_id]))
        rival.wait_blocked()
    assert released.result() == []
    assert states(it) == ("claimed", ["running"] * 3, ["running"] * 3)


def test_loss_against_an_earlier_claim(rival: Rival) -> None:
    """It sees under the locks that the lease is a claimed batch by now."""
    it = assigned(3)
    with transaction.atomic(), connection.cursor() as cursor:
        assert claim(cursor, it) is not None
        lost = rival.begin(lambda c: leases.lose(c, [it.lease_id], "gone"))
        rival.wait_blocked()
    assert sorted(lost.result()) == it.ids
    assert states(it) == ("lost", ["lost"] * 3, ["queued"] * 3)
    assert all(job.isolated for job in it.jobs)
    assert {job.attempt for job in it.jobs} == {0}


def test_loss_against_an_earlier_outcome(rival: Rival) -> None:
    it = running(3)
    with transaction.atomic(), connection.cursor() as cursor:
        outcome = it.outcome(JobState.COMPLETED)
        assert leases.record(cursor, it.lease_id, [outcome], None) == 1
        lost = rival.begin(lambda c: leases.lose(c, [it.lease_id], "gone"))
        rival.wait_blocked()
    assert sorted(lost.result()) == it.ids[1:]
    assert states(it) == (
        "lost", ["completed", "lost", "lost"], ["completed", "queued", "queued"]
    )  # fmt: skip


def test_outcome_against_an_earlier_loss(rival: Rival) -> None:
    it = running(3)
    outcomes = [it.outcome(JobState.COMPLETED, index) for index in range(3)]
    with transaction.atomic(), connection.cursor() as cursor:
        leases.lose(cursor, [it.lease_id], "gone")
        late = rival.begin(lambda c: leases.record(c, it.lease_id, outcomes, Tally(3, 4.5)))
        rival.wait_blocked()
    assert late.result() == 0
    assert states(it) == ("lost", ["lost"] * 3, ["queued"] * 3)
    assert it.lease.done == 0


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
    assert states(it) == ("claimed", [execution, "running"], [state, "running"])
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
    assert states(it) == ("finished", ["completed", "failed"], ["completed", "failed"])
    assert (it.lease.done, it.lease.busy_seconds) == (2, 3.25)
    assert it.lease.closed_at is not None


def test_loss_of_a_lease_that_nobody_claimed_costs_nothing(cursor: Any) -> None:
    for count in (1, 3):
        it = assigned(count, executor=make_executor(f"w{count}"))
        leases.lose(cursor, [it.lease_id], "gone")
        assert states(it) == ("lost", ["lost"] * count, ["queued"] * count)
        assert not any(job.isolated or job.attempt for job in it.jobs)


def test_loss_of_a_batch_costs_nothing_but_its_company(cursor: Any) -> None:
    it = running(3)
    leases.record(cursor, it.lease_id, [it.outcome(JobState.COMPLETED)], None)
    leases.lose(cursor, [it.lease_id], "gone")
    assert [(job.status, job.attempt, job.isolated) for job in _fresh(it)] == [
        ("completed", 1, False), ("queued", 0, True), ("queued", 0, True)
    ]  # fmt: skip


def test_last_of_a_batch_was_not_alone(cursor: Any) -> None:
    """What counts is the company that it was given, not who is left of it."""
    it = running(2)
    leases.record(cursor, it.lease_id, [it.outcome(JobState.COMPLETED)], None)
    leases.lose(cursor, [it.lease_id], "gone")
    assert [(job.status, job.attempt) for job in _fresh(it)] == [("completed", 1), ("queued", 0)]


def test_loss_while_alone_costs_an_attempt(cursor: Any) -> None:
    it = running(max_attempts=2)
    leases.lose(cursor, [it.lease_id], "gone")
    assert [(job.status, job.attempt, job.isolated) for job in _fresh(it)] == [("queued", 1, True)]


@pytest.mark.parametrize(("claimed", "status"), [(True, "failed"), (False, "queued")])
def test_type_that_must_never_be_repeated(cursor: Any, claimed: bool, status: str) -> None:
    it = running() if claimed else assigned()
    Job.objects.update(type="latch_once")
    Lease.objects.update(job_type="latch_once")
    leases.lose(cursor, [it.lease_id], "gone")
    assert _fresh(it)[0].status == status


def test_loss_of_jobs_of_a_type_that_no_longer_exists(cursor: Any) -> None:
    it = running()
    Lease.objects.update(job_type="forgotten")
    leases.lose(cursor, [it.lease_id], "gone")
    assert _fresh(it)[0].status == "queued"


def test_many_leases_are_lost_at_once(cursor: Any) -> None:
    executor = make_executor()
    several = [assigned(2, executor=executor), running(2, executor=executor)]
    several.append(running(1, executor=executor))
    changed = leases.lose(cursor, [it.lease_id for it in several], "gone")
    assert sorted(changed) == sorted(id_ for it in several for id_ in it.ids)
    assert {states(it)[0] for it in several} == {"lost"}
    assert leases.lose(cursor, [it.lease_id for it in several], "gone") == []


def test_release_leaves_claimed_leases_alone(cursor: Any) -> None:
    it = running(2)
    before = it.rows()
    assert leases.release(cursor, [it.lease_id]) == []
    assert it.rows() == before


def test_rest_of_a_claimed_lease_goes_back_at_no_cost(cursor: Any) -> None:
    it = running(3)
    assert sorted(leases.release_unstarted(cursor, it.pairs[1:])) == it.ids[1:]
    assert states(it) == (
        "claimed", ["running", "released", "released"], ["running", "queued", "queued"]
    )  # fmt: skip
    assert [(job.attempt, job.isolated) for job in it.jobs] == [(1, False), (0, False), (0, False)]
    assert [e.started_at for e in it.executions[1:]] == [None, None]


def test_cancelled_jobs_are_cancelled_when_their_lease_comes_back(cursor: Any) -> None:
    for index, take_back in enumerate((leases.release, lambda c, ids: leases.lose(c, ids, "gone"))):
        it = assigned(2, executor=make_executor(f"w{index}"))
        lifecycle.cancel(cursor, it.ids[:1], "me")
        take_back(cursor, [it.lease_id])
        assert [job.status for job in _fresh(it)] == ["cancelled", "queued"]


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


def _fresh(it: Situation) -> list[Job]:
    it.refresh()
    return it.jobs
