"""Rounds of the dispatcher, on its own session, over real rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from executors import leases
from executors.leases import PlannedLease, Tally
from executors.models import Execution, Executor, Lease
from jobs import lifecycle
from jobs.models import Job
from jobs.states import JobState
from jobs.submission import NewJob
from scheduling.dispatching.loop import Loop
from scheduling.placement import Policy
from tests.support.dispatching import leading, one_round, rounds
from tests.support.rows import make_executor, make_job

pytestmark = pytest.mark.django_db(transaction=True)

TYPES = ["echo", "noop", "latch_once"]


@pytest.fixture
def loop() -> Iterator[Loop]:
    """One that leads, and does only what it is told to."""
    with leading() as loop:
        yield loop


def submit(count: int = 1, type_: str = "echo", **fields: Any) -> list[str]:
    jobs = [NewJob(type=type_, payload='{"n": 1}', name="a job", **fields) for _ in range(count)]
    with connection.cursor() as cursor:
        return [its.id for its in lifecycle.submit(cursor, jobs)]


def finish(lease: PlannedLease, seconds: float) -> None:
    """Claims a lease and completes all of it, as if each job had taken so long."""
    incarnation = str(Executor.objects.get(id=lease.executor_id).incarnation)
    with connection.cursor() as cursor:
        claim = leases.claim(cursor, lease.id, incarnation)
        assert claim is not None
        outcomes = [
            lifecycle.Outcome(
                job.job_id, job.execution_id, JobState.COMPLETED, job.now, job.now + seconds, "{}"
            )
            for job in claim.jobs
        ]
        leases.record(cursor, lease.id, outcomes, Tally(len(outcomes), seconds * len(outcomes)))


def placed(made: list[PlannedLease]) -> Counter[str]:
    return Counter(lease.executor for lease in made)


def test_jobs_go_where_there_is_room(loop: Loop) -> None:
    make_executor("w1", slots=2, types=TYPES)
    make_executor("w2", slots=3, types=TYPES)
    make_executor("w3", slots=9, types=TYPES, status="draining")
    submit(7)
    made, _ = one_round(loop)
    assert placed(made) == {"w1": 2, "w2": 3}
    assert Counter(Job.objects.values_list("status", flat=True)) == {"assigned": 5, "queued": 2}
    assert one_round(loop)[0] == []


def test_slot_that_comes_free_is_used(loop: Loop) -> None:
    make_executor("w1", slots=1, types=TYPES)
    submit(2, "latch_once")
    ((first,), _) = one_round(loop)
    assert one_round(loop)[0] == []
    finish(first, seconds=0.001)
    ((second,), _) = one_round(loop)
    assert set(first.job_ids) | set(second.job_ids) == set(
        map(str, Job.objects.values_list("id", flat=True))
    )


def test_what_is_short_is_learned_and_then_batched(loop: Loop) -> None:
    make_executor("w1", slots=1, types=TYPES)
    submit()
    ((first,), _) = one_round(loop)
    assert len(first.job_ids) == 1
    finish(first, seconds=0.001)
    submit(100)
    loop.learner.due.after(0)
    assert [len(lease.job_ids) for lease in rounds(loop)] == [50, 50]
    assert Execution.objects.filter(state="assigned").count() == 100


def test_another_leader_learns_from_what_was_done_before(loop: Loop) -> None:
    make_executor("w1", slots=1, types=TYPES)
    submit()
    ((first,), _) = one_round(loop)
    finish(first, seconds=0.001)
    loop.leader.leave()
    submit(100)
    with leading() as successor:
        assert [len(lease.job_ids) for lease in rounds(successor)] == [50, 50]


@pytest.mark.parametrize("fields", [{"timeout": 5.0}, {"type_": "latch_once"}])
def test_some_are_leased_alone_however_short(loop: Loop, fields: dict[str, Any]) -> None:
    make_executor("w1", slots=2, types=TYPES)
    loop.learner.durations.learn([("echo", 0.001, 1), ("latch_once", 0.001, 1)])
    submit(20, **fields)
    made, _ = one_round(loop)
    assert [len(lease.job_ids) for lease in made] == [1, 1]


def test_job_that_was_lost_in_company_runs_alone(loop: Loop) -> None:
    make_executor("w1", slots=4, types=TYPES)
    loop.learner.durations.learn([("echo", 0.001, 1)])
    Job.objects.filter(id__in=submit(3)).update(isolated=True)
    made, _ = one_round(loop)
    assert [len(lease.job_ids) for lease in made] == [1, 1, 1]


def test_wide_job_takes_its_slots_on_one_executor(loop: Loop) -> None:
    make_executor("w1", slots=2, types=TYPES)
    make_executor("w2", slots=4, types=TYPES)
    submit(2, thread_demand=3)
    ((lease,), _) = one_round(loop)
    assert (lease.executor, lease.slots) == ("w2", 3)
    submit(9)
    assert placed(one_round(loop)[0]) == {"w1": 2, "w2": 1}


def test_job_that_is_wider_than_any_executor_gets_one_slot(loop: Loop) -> None:
    make_executor("w1", slots=2, types=TYPES)
    submit(thread_demand=64)
    ((lease,), _) = one_round(loop)
    assert lease.slots == 1


def test_jobs_that_nobody_can_run_stay_and_hide_nobody(loop: Loop) -> None:
    make_executor("w1", slots=1, types=TYPES)
    submit(300, "add_numbers", priority=9)
    (id_,) = submit()
    ((lease,), _) = one_round(loop)
    assert lease.job_ids == [id_]


def test_priority_comes_before_age_until_age_has_raised_it(loop: Loop) -> None:
    make_executor("w1", slots=1, types=TYPES)
    (low,), (high,) = submit(priority=2), submit(priority=7)
    ((lease,), _) = one_round(loop)
    assert lease.job_ids == [high]
    finish(lease, seconds=60)
    (other,) = submit(priority=7)
    old = Job.objects.get(id=low)
    waited = timedelta(seconds=loop.policy.aging_interval * 6)
    Job.objects.filter(id=low).update(available_at=old.available_at - waited)
    ((lease,), _) = one_round(loop)
    assert lease.job_ids == [low]
    assert Job.objects.get(id=other).status == JobState.QUEUED


def test_due_jobs_are_promoted_and_the_next_is_waited_for(loop: Loop) -> None:
    make_executor("w1", slots=1, types=["add_numbers"])
    due = make_job(JobState.SCHEDULED, age=timedelta(seconds=5), placement_class="add_numbers/1")
    later = make_job(JobState.SCHEDULED, age=timedelta(seconds=-600))
    loop._poll_interval = 3600.0
    loop.promote()
    assert 0 < loop.idle_for() <= 600
    ((lease,), _) = one_round(loop)
    assert lease.job_ids == [str(due.id)]
    assert Job.objects.get(id=later.id).status == JobState.SCHEDULED


def test_recovery_runs_on_the_leaders_session(loop: Loop) -> None:
    executor = make_executor("w1", slots=1, types=TYPES)
    submit(1, "latch_once")
    one_round(loop)
    Executor.objects.filter(id=executor.id).update(status="offline")
    loop.recover()
    assert Lease.objects.get().state == "lost"
    assert Job.objects.get().status == JobState.QUEUED


def test_type_that_is_gone_from_the_code_stays_in_the_queue(loop: Loop) -> None:
    make_executor("w1", slots=1, types=[*TYPES, "forgotten"])
    submit(1, "forgotten")
    ((lease,), _) = one_round(loop)
    assert lease.job_type == "forgotten"  # its worker says what is wrong, in the job's error


def test_a_wide_job_keeps_its_reservation_while_its_type_has_no_room(
    loop: Loop,
) -> None:
    loop.policy = Policy(reserve_after=0.0)
    make_executor("w1", slots=2, types=["echo"])
    make_executor("w2", slots=1, types=["noop"])
    submit()
    (wide,) = submit(thread_demand=2)
    one_round(loop)
    assert list(loop.reserved) == [wide]
    submit(priority=9)
    one_round(loop)
    one_round(loop)
    assert list(loop.reserved) == [wide]
