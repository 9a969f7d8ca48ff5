"""Promotion, cancellation, priority and pruning."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from executors import leases
from executors.leases import PlannedLease
from jobs import lifecycle
from jobs.ids import uuid7
from jobs.models import Job, JobEvent
from jobs.states import ACTIVE, FINAL, PLACED, WAITS, JobState
from tests.support.races import Rival
from tests.support.rows import make_executor, make_job
from tests.support.situations import running

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=-5)
"""An age: due in five minutes."""
EARLIER = timedelta(seconds=10)


def status_of(job: Job) -> str:
    return Job.objects.values_list("status", flat=True).get(id=job.id)


def test_promote_queues_what_is_due_and_tells_when_the_next_is(cursor: Any) -> None:
    due = [make_job(JobState.SCHEDULED, age=EARLIER) for _ in range(3)]
    later = make_job(JobState.SCHEDULED, age=LATER, created_at=due[0].created_at)
    count, wait = lifecycle.promote(cursor)
    assert count == 3
    assert {status_of(job) for job in due} == {JobState.QUEUED}
    assert status_of(later) == JobState.SCHEDULED
    assert wait is not None
    assert 290 < wait <= 310
    assert lifecycle.promote(cursor)[0] == 0


def test_promote_takes_the_longest_due_first(cursor: Any) -> None:
    old = make_job(JobState.SCHEDULED, age=2 * EARLIER)
    young = make_job(JobState.SCHEDULED, age=EARLIER)
    assert lifecycle.promote(cursor, limit=1)[0] == 1
    assert (status_of(old), status_of(young)) == (JobState.QUEUED, JobState.SCHEDULED)


def test_promote_does_not_wait_for_locked_rows(rival: Rival) -> None:
    locked, free = (make_job(JobState.SCHEDULED, age=EARLIER) for _ in range(2))
    with transaction.atomic(), connection.cursor() as cursor:
        lifecycle.lock(cursor, [str(locked.id)])
        assert rival.do(lifecycle.promote)[0] == 1
    assert (status_of(locked), status_of(free)) == (JobState.SCHEDULED, JobState.QUEUED)


def test_cancel_tells_what_became_of_each(cursor: Any) -> None:
    jobs = {status: make_job(status) for status in JobState}
    unknown = uuid7()
    fates = lifecycle.cancel(cursor, [*(str(job.id) for job in jobs.values()), unknown], "me")
    expected = {str(jobs[status].id): "cancelled" for status in WAITS}
    expected |= {str(jobs[status].id): "requested" for status in PLACED}
    assert fates == expected
    for status in WAITS:
        jobs[status].refresh_from_db()
        assert jobs[status].status == JobState.CANCELLED
        assert jobs[status].completed_at is not None
    events = JobEvent.objects.values_list("job_id", "kind", "actor")
    assert {(str(job_id), kind, actor) for job_id, kind, actor in events} == {
        (id_, {"cancelled": "cancelled", "requested": "cancel_requested"}[fate], "me")
        for id_, fate in fates.items()
    }


def test_second_request_keeps_the_time_of_the_first(cursor: Any) -> None:
    job = make_job(JobState.RUNNING)
    lifecycle.cancel(cursor, [str(job.id)], "me")
    job.refresh_from_db()
    first = job.cancel_requested_at
    assert lifecycle.cancel(cursor, [str(job.id)], "me") == {str(job.id): "requested"}
    job.refresh_from_db()
    assert job.cancel_requested_at == first


def test_cancel_against_assign(rival: Rival) -> None:
    """Whoever comes second sees what the first did."""
    executor = make_executor()
    first, second = make_job(), make_job()

    def assign(cursor: Any, job: Job) -> list[PlannedLease]:
        planned = PlannedLease(uuid7(), str(executor.id), "w1", "add_numbers", [str(job.id)])
        return leases.assign(cursor, [planned])

    with transaction.atomic(), connection.cursor() as cursor:
        assign(cursor, first)
        cancelled = rival.begin(lambda c: lifecycle.cancel(c, [str(first.id)], ""))
        rival.wait_blocked()
    assert cancelled.result() == {str(first.id): "requested"}
    assert status_of(first) == JobState.ASSIGNED
    with transaction.atomic(), connection.cursor() as cursor:
        lifecycle.cancel(cursor, [str(second.id)], "")
        assigned = rival.begin(lambda c: assign(c, second))
        rival.wait_blocked()
    assert assigned.result() == []
    assert status_of(second) == JobState.CANCELLED
    assert not second.executions.exists()


def test_cancel_against_finish(rival: Rival) -> None:
    it = running()
    with transaction.atomic(), connection.cursor() as cursor:
        leases.record(cursor, it.lease_id, [it.outcome(JobState.COMPLETED)], None)
        cancelled = rival.begin(lambda c: lifecycle.cancel(c, it.ids, ""))
        rival.wait_blocked()
    assert cancelled.result() == {}
    it.refresh()
    assert it.jobs[0].status == JobState.COMPLETED
    assert it.jobs[0].cancel_requested_at is None
    assert not it.jobs[0].events.exists()


def test_attempt_that_fails_after_a_cancel_is_the_last(cursor: Any) -> None:
    it = running()
    lifecycle.cancel(cursor, it.ids, "me")
    leases.record(cursor, it.lease_id, [it.outcome(JobState.SCHEDULED, delay=5.0)], None)
    it.refresh()
    assert it.jobs[0].status == JobState.CANCELLED
    assert it.jobs[0].completed_at is not None
    assert [event.kind for event in it.jobs[0].events.all()] == ["cancel_requested"]


def test_priority_changes_only_while_a_job_waits(cursor: Any) -> None:
    jobs = {status: make_job(status, priority=3) for status in JobState}
    ids = [str(job.id) for job in jobs.values()]
    changed = lifecycle.set_priority(cursor, [*ids, uuid7()], 8, "me")
    assert set(changed) == {str(jobs[status].id) for status in WAITS}
    for status, job in jobs.items():
        job.refresh_from_db()
        assert job.priority == (8 if status in WAITS else 3)
    events = JobEvent.objects.filter(kind="priority_changed", actor="me")
    assert [event.data for event in events] == [{"from": 3, "to": 8}] * len(WAITS)


def test_prune_takes_what_has_been_final_for_long(cursor: Any) -> None:
    week, day = timedelta(days=7), timedelta(days=1)
    old = [make_job(JobState.COMPLETED, age=week + day) for _ in range(3)]
    kept = [make_job(JobState.COMPLETED, age=day), make_job(JobState.FAILED, age=week + day)]
    kept += [make_job(status, age=week + day) for status in ACTIVE]
    assert len(lifecycle.prune(cursor, "completed", week, 2)) == 2
    assert len(lifecycle.prune(cursor, "completed", week, 2)) == 1
    assert lifecycle.prune(cursor, "completed", week, 2) == []
    assert not Job.objects.filter(id__in=[job.id for job in old]).exists()
    assert Job.objects.count() == len(kept)


@pytest.mark.parametrize("status", sorted(ACTIVE))
def test_prune_never_takes_what_is_live(cursor: Any, status: str) -> None:
    assert status not in FINAL
    make_job(status, age=timedelta(days=100))
    with pytest.raises(ValueError, match=status):
        lifecycle.prune(cursor, status, timedelta(0), 10)
