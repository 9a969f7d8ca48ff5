"""Leases that are lost or given back, and what becomes of their jobs."""

from __future__ import annotations

from typing import Any

import pytest

from executors import leases
from executors.models import Lease
from jobs import lifecycle
from jobs.models import Job
from jobs.states import JobState
from tests.support.rows import make_executor
from tests.support.situations import assigned, running

pytestmark = pytest.mark.django_db


def test_loss_of_a_lease_that_nobody_claimed_costs_nothing(cursor: Any) -> None:
    for count in (1, 3):
        it = assigned(count, executor=make_executor(f"w{count}"))
        leases.lose(cursor, [it.lease_id], "gone")
        assert it.states() == ("lost", ["lost"] * count, ["queued"] * count)
        assert not any(job.isolated or job.attempt for job in it.jobs)


def test_loss_of_a_batch_costs_nothing_but_its_company(cursor: Any) -> None:
    it = running(3)
    leases.record(cursor, it.lease_id, [it.outcome(JobState.COMPLETED)], None)
    leases.lose(cursor, [it.lease_id], "gone")
    assert [(job.status, job.attempt, job.isolated) for job in it.fresh_jobs()] == [
        ("completed", 1, False), ("queued", 0, True), ("queued", 0, True)
    ]  # fmt: skip


def test_last_of_a_batch_was_not_alone(cursor: Any) -> None:
    """What counts is the company that it was given, not who is left of it."""
    it = running(2)
    leases.record(cursor, it.lease_id, [it.outcome(JobState.COMPLETED)], None)
    leases.lose(cursor, [it.lease_id], "gone")
    jobs = it.fresh_jobs()
    assert [(job.status, job.attempt) for job in jobs] == [("completed", 1), ("queued", 0)]


def test_loss_while_alone_costs_an_attempt(cursor: Any) -> None:
    it = running(max_attempts=2)
    leases.lose(cursor, [it.lease_id], "gone")
    (job,) = it.fresh_jobs()
    assert (job.status, job.attempt, job.isolated) == ("queued", 1, True)


@pytest.mark.parametrize(("claimed", "status"), [(True, "failed"), (False, "queued")])
def test_type_that_must_never_be_repeated(cursor: Any, claimed: bool, status: str) -> None:
    it = running() if claimed else assigned()
    Job.objects.update(type="latch_once")
    Lease.objects.update(job_type="latch_once")
    leases.lose(cursor, [it.lease_id], "gone")
    assert it.fresh_jobs()[0].status == status


def test_loss_of_jobs_of_a_type_that_no_longer_exists(cursor: Any) -> None:
    it = running()
    Lease.objects.update(job_type="forgotten")
    leases.lose(cursor, [it.lease_id], "gone")
    assert it.fresh_jobs()[0].status == "queued"


def test_many_leases_are_lost_at_once(cursor: Any) -> None:
    executor = make_executor()
    several = [assigned(2, executor=executor), running(2, executor=executor)]
    several.append(running(1, executor=executor))
    changed = leases.lose(cursor, [it.lease_id for it in several], "gone")
    assert sorted(changed) == sorted(id_ for it in several for id_ in it.ids)
    assert {it.states()[0] for it in several} == {"lost"}
    assert leases.lose(cursor, [it.lease_id for it in several], "gone") == []


def test_release_leaves_claimed_leases_alone(cursor: Any) -> None:
    it = running(2)
    before = it.rows()
    assert leases.release(cursor, [it.lease_id]) == []
    assert it.rows() == before


def test_rest_of_a_claimed_lease_goes_back_at_no_cost(cursor: Any) -> None:
    it = running(3)
    assert sorted(leases.release_unstarted(cursor, it.pairs[1:])) == it.ids[1:]
    assert it.states() == (
        "claimed", ["running", "released", "released"], ["running", "queued", "queued"]
    )  # fmt: skip
    assert [(job.attempt, job.isolated) for job in it.jobs] == [(1, False), (0, False), (0, False)]
    assert [e.started_at for e in it.executions[1:]] == [None, None]


def test_cancelled_jobs_are_cancelled_when_their_lease_comes_back(cursor: Any) -> None:
    for index, take_back in enumerate((leases.release, lambda c, ids: leases.lose(c, ids, "gone"))):
        it = assigned(2, executor=make_executor(f"w{index}"))
        lifecycle.cancel(cursor, it.ids[:1], "me")
        take_back(cursor, [it.lease_id])
        assert [job.status for job in it.fresh_jobs()] == ["cancelled", "queued"]
