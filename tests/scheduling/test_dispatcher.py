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
from scheduling.dispatcher import Dispatcher
from scheduling.placement import Policy
from tests.support.rows import make_executor, make_job

pytestmark = pytest.mark.django_db(transaction=True)

TYPES = ["echo", "noop", "latch_once"]


@pytest.fixture
def dispatcher() -> Iterator[Dispatcher]:
    """One that leads, and does only what it is told to."""
    dispatcher = Dispatcher()
    assert dispatcher.leader.campaign()
    yield dispatcher
    dispatcher._publisher.stop()
    dispatcher.leader.leave()


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


def rounds(dispatcher: Dispatcher) -> list[PlannedLease]:
    """As many as it makes without waiting in between."""
    made, more = dispatcher._round()
    while more:
        others, more = dispatcher._round()
        made += others
    return made


def placed(made: list[PlannedLease]) -> Counter[str]:
    return Counter(lease.executor for lease in made)


def test_jobs_go_where_there_is_room(dispatcher: Dispatcher) -> None:
    make_executor("w1", slots=2, types=TYPES)
    make_executor("w2", slots=3, types=TYPES)
    make_executor("w3", slots=9, types=TYPES, status="draining")
    submit(7)
    made, _ = dispatcher._round()
    assert placed(made) == {"w1": 2, "w2": 3}
    assert Counter(Job.objects.values_list("status", flat=True)) == {"assigned": 5, "queued": 2}
    assert dispatcher._round()[0] == []


def test_slot_that_comes_free_is_used(dispatcher: Dispatcher) -> None:
    make_executor("w1", slots=1, types=TYPES)
    submit(2, "latch_once")
    ((first,), _) = dispatcher._round()
    assert dispatcher._round()[0] == []
    finish(first, seconds=0.001)
    ((second,), _) = dispatcher._round()
    assert set(first.job_ids) | set(second.job_ids) == set(
        map(str, Job.objects.values_list("id", flat=True))
    )


def test_what_is_short_is_learned_and_then_batched(dispatcher: Dispatcher) -> None:
    make_executor("w1", slots=1, types=TYPES)
    submit()
    ((first,), _) = dispatcher._round()
    assert len(first.job_ids) == 1
    finish(first, seconds=0.001)
    submit(100)
    dispatcher._learning_due.after(0)
    assert [len(lease.job_ids) for lease in rounds(dispatcher)] == [50, 50]
    assert Execution.objects.filter(state="assigned").count() == 100


def test_another_leader_learns_from_what_was_done_before(dispatcher: Dispatcher) -> None:
    make_executor("w1", slots=1, types=TYPES)
    submit()
    ((first,), _) = dispatcher._round()
    finish(first, seconds=0.001)
    dispatcher.leader.leave()
    successor = Dispatcher()
    assert successor.leader.campaign()
    submit(100)
    assert [len(lease.job_ids) for lease in rounds(successor)] == [50, 50]
    successor._publisher.stop()
    successor.leader.leave()


@pytest.mark.parametrize("fields", [{"timeout": 5.0}, {"type_": "latch_once"}])
def test_some_are_leased_alone_however_short(
    dispatcher: Dispatcher, fields: dict[str, Any]
) -> None:
    make_executor("w1", slots=2, types=TYPES)
    dispatcher._durations.learn([("echo", 0.001, 1), ("latch_once", 0.001, 1)])
    submit(20, **fields)
    made, _ = dispatcher._round()
    assert [len(lease.job_ids) for lease in made] == [1, 1]


def test_job_that_was_lost_in_company_runs_alone(dispatcher: Dispatcher) -> None:
    make_executor("w1", slots=4, types=TYPES)
    dispatcher._durations.learn([("echo", 0.001, 1)])
    Job.objects.filter(id__in=submit(3)).update(isolated=True)
    made, _ = dispatcher._round()
    assert [len(lease.job_ids) for lease in made] == [1, 1, 1]


def test_wide_job_takes_its_slots_on_one_executor(dispatcher: Dispatcher) -> None:
    make_executor("w1", slots=2, types=TYPES)
    make_executor("w2", slots=4, types=TYPES)
    submit(2, thread_demand=3)
    ((lease,), _) = dispatcher._round()
    assert (lease.executor, lease.slots) == ("w2", 3)
    submit(9)
    assert placed(dispatcher._round()[0]) == {"w1": 2, "w2": 1}


def test_job_that_is_wider_than_any_executor_gets_one_slot(dispatcher: Dispatcher) -> None:
    make_executor("w1", slots=2, types=TYPES)
    submit(thread_demand=64)
    ((lease,), _) = dispatcher._round()
    assert lease.slots == 1


def test_jobs_that_nobody_can_run_stay_and_hide_nobody(dispatcher: Dispatcher) -> None:
    make_executor("w1", slots=1, types=TYPES)
    submit(300, "add_numbers", priority=9)
    (id_,) = submit()
    ((lease,), _) = dispatcher._round()
    assert lease.job_ids == [id_]


def test_priority_comes_before_age_until_age_has_raised_it(dispatcher: Dispatcher) -> None:
    make_executor("w1", slots=1, types=TYPES)
    (low,), (high,) = submit(priority=2), submit(priority=7)
    ((lease,), _) = dispatcher._round()
    assert lease.job_ids == [high]
    finish(lease, seconds=60)
    (other,) = submit(priority=7)
    old = Job.objects.get(id=low)
    waited = timedelta(seconds=dispatcher._policy.aging_interval * 6)
    Job.objects.filter(id=low).update(available_at=old.available_at - waited)
    ((lease,), _) = dispatcher._round()
    assert lease.job_ids == [low]
    assert Job.objects.get(id=other).status == JobState.QUEUED


def test_due_jobs_are_promoted_and_the_next_is_waited_for(dispatcher: Dispatcher) -> None:
    make_executor("w1", slots=1, types=["add_numbers"])
    due = make_job(JobState.SCHEDULED, age=timedelta(seconds=5), placement_class="add_numbers/1")
    make_job(JobState.SCHEDULED, age=timedelta(seconds=-0.25))
    dispatcher._promote()
    assert 0 <= dispatcher._promotion_due.left() <= 0.25
    ((lease,), _) = dispatcher._round()
    assert lease.job_ids == [str(due.id)]


def test_recovery_runs_on_the_leaders_session(dispatcher: Dispatcher) -> None:
    executor = make_executor("w1", slots=1, types=TYPES)
    submit(1, "latch_once")
    dispatcher._round()
    Executor.objects.filter(id=executor.id).update(status="offline")
    dispatcher._recover()
    assert Lease.objects.get().state == "lost"
    assert Job.objects.get().status == JobState.QUEUED


def test_type_that_is_gone_from_the_code_stays_in_the_queue(dispatcher: Dispatcher) -> None:
    make_executor("w1", slots=1, types=[*TYPES, "forgotten"])
    submit(1, "forgotten")
    ((lease,), _) = dispatcher._round()
    assert lease.job_type == "forgotten"  # its worker says what is wrong, in the job's error


def test_a_wide_job_keeps_its_reservation_while_its_type_has_no_room(
    dispatcher: Dispatcher,
) -> None:
    dispatcher._policy = Policy(reserve_after=0.0)
    make_executor("w1", slots=2, types=["echo"])
    make_executor("w2", slots=1, types=["noop"])
    submit()
    (wide,) = submit(thread_demand=2)
    dispatcher._round()
    assert list(dispatcher._reserved) == [wide]
    submit(priority=9)
    dispatcher._round()
    dispatcher._round()
    assert list(dispatcher._reserved) == [wide]
