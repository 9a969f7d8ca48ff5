"""Parts of a job that was split: what each verb does to the job, its chunks and their leases."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from executors import leases
from executors.leases import PlannedLease, Tally, parts
from executors.leases.parts import PlannedFanOut
from executors.models import Execution, Lease
from executors.states import ExecutionKind, ExecutionState
from jobs import lifecycle
from jobs.ids import uuid7
from jobs.models import Job, JobEvent
from jobs.states import MOVES, JobState
from tests.support.parted import PART_VERBS, Parted, make_parted
from tests.support.races import Rival
from tests.support.rows import make_executor, make_job

pytestmark = pytest.mark.django_db

QUEUED, ASSIGNED, RUNNING = (
    ExecutionState.QUEUED,
    ExecutionState.ASSIGNED,
    ExecutionState.RUNNING,
)
COMPLETED, FAILED, LOST = ExecutionState.COMPLETED, ExecutionState.FAILED, ExecutionState.LOST


def record(cursor: Any, it: Parted, index: int, state: JobState, **fields: Any) -> bool:
    return parts.record(
        cursor, it.lease_id(index), it.outcome(index, state, **fields), Tally(1, 0.5)
    )


def plan(it: Any, executor: Any, execution_id: str, kind: str = "chunk") -> PlannedLease:
    return PlannedLease(
        uuid7(),
        str(executor.id),
        executor.name,
        "add_numbers",
        [str(it.id)],
        kind=ExecutionKind(kind),
        execution_id=execution_id,
    )


def test_fan_out_makes_all_chunks_and_assign_places_the_first(cursor: Any) -> None:
    executor, job, gone = make_executor(), make_job(attempt=1), make_job(JobState.CANCELLED)
    planned = [PlannedFanOut(str(its.id), 3, 2, "w1") for its in (job, gone)]
    chunks = parts.fan_out(cursor, planned)
    assert list(chunks) == [str(job.id)]
    made = parts.assign(cursor, [plan(job, executor, id_) for id_ in chunks[str(job.id)][:2]])
    assert [lease.chunk for lease in made] == [0, 1]
    job.refresh_from_db()
    assert (job.status, job.chunk_count, job.width, job.executor) == ("assigned", 3, 2, "w1")
    rows = Execution.objects.filter(job=job).order_by("chunk")
    assert [row.state for row in rows] == [ASSIGNED, ASSIGNED, QUEUED]
    assert {row.attempt for row in rows} == {2}
    assert str(job.execution_id) not in {str(row.id) for row in rows}
    assert {(its.kind, its.slots, its.size) for its in Lease.objects.all()} == {("chunk", 1, 1)}


def test_parts_that_no_longer_wait_get_no_lease(cursor: Any) -> None:
    it = make_parted(QUEUED, RUNNING)
    cancelled = make_parted_elsewhere(QUEUED)
    planned = [plan(it.job, it.executor, str(part.id)) for part in it.parts]
    planned.append(plan(cancelled.job, it.executor, str(cancelled.parts[0].id)))
    made = parts.assign(cursor, planned)
    assert [lease.execution_id for lease in made] == [str(it.parts[0].id)]


def make_parted_elsewhere(*states: str) -> Parted:
    job = make_job(JobState.RUNNING, chunk_count=1, width=1, cancel_requested_at=timezone.now())
    part = Execution.objects.create(
        job=job, kind="chunk", chunk=0, attempt=1, state=states[0], available_at=timezone.now()
    )
    return Parted(None, job, [part])  # type: ignore[arg-type]


def test_claim_gives_the_chunk_and_starts_the_job_once(cursor: Any) -> None:
    it = make_parted(ASSIGNED, ASSIGNED, status=JobState.ASSIGNED)
    claim, part = parts.claim(cursor, it.lease_id(1), it.incarnation) or (None, None)
    assert claim is not None
    assert part is not None
    assert (part.kind, part.chunk, part.chunk_count) == ("chunk", 1, 2)
    assert (claim.jobs[0].execution_id, claim.jobs[0].attempt) == (str(it.parts[1].id), 1)
    it.refresh()
    started = it.job.started_at
    assert (it.job.status, it.job.attempt, started is not None) == ("running", 1, True)
    assert parts.claim(cursor, it.lease_id(1), it.incarnation) is None
    assert parts.claim(cursor, it.lease_id(0), uuid7()) is None
    assert parts.claim(cursor, it.lease_id(0), it.incarnation) is not None
    it.refresh()
    assert it.job.started_at == started


def test_the_verbs_for_whole_jobs_do_not_touch_parts(cursor: Any) -> None:
    it = make_parted(ASSIGNED, RUNNING)
    before = it.rows()
    assert leases.claim(cursor, it.lease_id(0), it.incarnation) is None
    assert leases.record(cursor, uuid7(), [it.outcome(1, JobState.COMPLETED)], None) == 0
    assert [row for row in it.rows() if "chunk_count" in row] == before[:1]


def test_completed_chunks_are_progress_and_keep_their_results(cursor: Any) -> None:
    it = make_parted(RUNNING, RUNNING, RUNNING)
    for index in (2, 0):
        assert record(cursor, it, index, JobState.COMPLETED)
    it.refresh()
    assert it.job.progress == {"fraction": pytest.approx(2 / 3), "message": "2 of 3 chunks"}
    assert it.states() == ("running", [COMPLETED, RUNNING, COMPLETED])
    assert Execution.objects.get(id=it.parts[0].id).result == {"n": 1}
    assert Lease.objects.get(id=it.lease_id(0)).state == "finished"
    assert not record(cursor, it, 0, JobState.COMPLETED)
    assert Job.objects.get(id=it.job.id).progress == it.job.progress


@pytest.mark.django_db(transaction=True)
def test_chunks_that_end_at_once_are_all_counted(rival: Rival) -> None:
    it = make_parted(RUNNING, RUNNING)
    with transaction.atomic(), connection.cursor() as cursor:
        record(cursor, it, 0, JobState.COMPLETED)
        other = rival.begin(lambda c: record(c, it, 1, JobState.COMPLETED))
        rival.wait_blocked()
    assert other.result()
    it.refresh()
    assert it.job.progress["fraction"] == 1


def test_failed_chunk_is_run_again_alone(cursor: Any) -> None:
    it = make_parted(RUNNING, RUNNING)
    record(cursor, it, 1, JobState.SCHEDULED, delay=60.0)
    assert it.states() == ("running", [RUNNING, FAILED, QUEUED])
    again = Execution.objects.latest("id")
    assert (again.kind, again.chunk, again.attempt, again.lease_id) == ("chunk", 1, 2, None)
    assert again.available_at > timezone.now()
    event = JobEvent.objects.get(job=it.job)
    assert (event.kind, event.data["chunk"]) == ("retried", 1)


def test_chunk_that_fails_for_good_fails_the_job_and_cancels_the_others(cursor: Any) -> None:
    it = make_parted(RUNNING, RUNNING, ASSIGNED, QUEUED, COMPLETED)
    record(cursor, it, 0, JobState.FAILED)
    assert it.states() == ("failed", [FAILED, RUNNING, "cancelled", "cancelled", COMPLETED])
    it.refresh()
    assert it.job.error == {"code": "exception", "message": "It went wrong."}
    assert str(it.job.execution_id) == str(it.parts[0].id)
    assert Lease.objects.get(id=it.lease_id(2)).state == "released"
    assert record(cursor, it, 1, JobState.COMPLETED)
    assert it.states()[0] == "failed"
    assert not Lease.objects.filter(state__in=["assigned", "claimed"]).exists()


def test_combine_ends_the_job_with_its_result(cursor: Any) -> None:
    it = make_parted(COMPLETED, COMPLETED, combine=RUNNING, cancel_requested_at=None)
    record(cursor, it, 2, JobState.COMPLETED, result='{"sum": 9}')
    it.refresh()
    assert (it.job.status, it.job.result) == ("completed", {"sum": 9})
    assert str(it.job.execution_id) == str(it.parts[2].id)
    assert Execution.objects.get(id=it.parts[2].id).result is None


def test_combine_is_given_the_results_in_the_order_of_chunks(cursor: Any) -> None:
    it = make_parted(COMPLETED, COMPLETED, COMPLETED, combine=ASSIGNED)
    Execution.objects.filter(id=it.parts[1].id).update(result=None)
    _, part = parts.claim(cursor, it.lease_id(3), it.incarnation) or (None, None)
    assert part is not None
    assert (part.kind, part.chunk, part.results) == ("combine", None, ('{"n": 0}', '{"n": 2}'))


def test_a_combine_is_queued_once_and_only_when_all_chunks_are_done(cursor: Any) -> None:
    it = make_parted(COMPLETED, RUNNING)
    assert not parts.queue_combine(cursor, it.job_id)
    record(cursor, it, 1, JobState.COMPLETED)
    assert parts.queue_combine(cursor, it.job_id)
    assert not parts.queue_combine(cursor, it.job_id)
    assert it.states() == ("running", [COMPLETED, COMPLETED, QUEUED])
    assert not parts.queue_combine(cursor, uuid7())


@pytest.mark.django_db(transaction=True)
def test_two_bodies_at_once_queue_one_combine(rival: Rival) -> None:
    it = make_parted(COMPLETED)
    with transaction.atomic(), connection.cursor() as cursor:
        mine = parts.queue_combine(cursor, it.job_id)
        theirs = rival.begin(lambda c: parts.queue_combine(c, it.job_id))
        rival.wait_blocked()
    assert (mine, theirs.result()) == (True, False)


@pytest.mark.parametrize(
    ("state", "attempt", "status", "states", "next_attempt"),
    [
        (ASSIGNED, 1, "running", [LOST, COMPLETED, QUEUED], 1),
        (RUNNING, 1, "running", [LOST, COMPLETED, QUEUED], 2),
        (RUNNING, 3, "failed", [LOST, COMPLETED], None),
    ],
)
def test_lost_chunk_is_run_again_alone(
    cursor: Any, state: str, attempt: int, status: str, states: list[str], next_attempt: int | None
) -> None:
    it = make_parted(state, COMPLETED)
    Execution.objects.filter(id=it.parts[0].id).update(attempt=attempt)
    assert leases.lose(cursor, [it.lease_id(0)], "It is gone.") == [it.job_id]
    assert it.states() == (status, states)
    if next_attempt:
        assert Execution.objects.latest("id").attempt == next_attempt
    else:
        it.refresh()
        assert it.job.error == {"code": "lost", "message": "It is gone."}
    assert Lease.objects.get(id=it.lease_id(0)).state == "lost"


def test_executor_that_had_several_chunks_of_a_job_out_of_attempts(cursor: Any) -> None:
    it = make_parted(RUNNING, RUNNING, ASSIGNED, QUEUED, max_attempts=1)
    leases.lose(cursor, [it.lease_id(n) for n in range(3)], "It is gone.")
    assert it.states() == ("failed", [LOST, LOST, LOST, "cancelled"])
    assert not Lease.objects.filter(state__in=["assigned", "claimed"]).exists()


def test_released_chunk_waits_again_at_no_cost(cursor: Any) -> None:
    it = make_parted(ASSIGNED, RUNNING, status=JobState.ASSIGNED)
    leases.release(cursor, [it.lease_id(0), it.lease_id(1)])
    assert it.states() == ("assigned", ["released", RUNNING, QUEUED])
    again = Execution.objects.latest("id")
    assert (again.chunk, again.attempt) == (0, 1)


@pytest.mark.parametrize("state", [JobState.CANCELLED, JobState.SCHEDULED])
def test_chunk_that_ends_after_a_cancellation_ends_the_job(cursor: Any, state: JobState) -> None:
    it = make_parted(RUNNING, RUNNING, QUEUED, cancel_requested_at=timezone.now())
    record(cursor, it, 0, state)
    assert it.states()[0] == "cancelled"
    assert it.states()[1][1:] == [RUNNING, "cancelled"]


def test_chunk_that_completes_after_a_cancellation_leaves_it_to_the_others(cursor: Any) -> None:
    it = make_parted(RUNNING, QUEUED, cancel_requested_at=timezone.now())
    record(cursor, it, 0, JobState.COMPLETED)
    assert it.states() == ("running", [COMPLETED, QUEUED])
    stalled = parts.stalled(cursor)
    assert (stalled.cancelled, stalled.others) == ([it.job_id], [])
    parts.end_cancelled(cursor, stalled.cancelled)
    assert it.states() == ("cancelled", [COMPLETED, "cancelled"])


def test_stalled_are_only_jobs_that_nobody_will_move(cursor: Any) -> None:
    done = make_parted(COMPLETED, COMPLETED)
    assert parts.stalled(cursor, patience=60.0).others == []
    assert parts.stalled(cursor).others == [done.job_id]
    assert parts.queue_combine(cursor, done.job_id)
    assert parts.stalled(cursor) == parts.combining.Stalled([], [])
    lifecycle.cancel(cursor, [done.job_id], "somebody")
    assert parts.stalled(cursor).cancelled == [done.job_id]


@pytest.mark.parametrize("states", [[RUNNING], [ASSIGNED], [QUEUED]])
def test_job_with_parts_under_way_is_not_stalled(cursor: Any, states: list[str]) -> None:
    make_parted(*states)
    assert parts.stalled(cursor) == parts.combining.Stalled([], [])


def test_leftovers_of_a_final_job_are_dropped(cursor: Any) -> None:
    it = make_parted(COMPLETED, QUEUED, status=JobState.COMPLETED)
    parts.drop_leftovers(cursor)
    assert it.states() == ("completed", [COMPLETED, "cancelled"])


MOVERS: dict[str, tuple[str, Any]] = {
    "fan_out": (
        ASSIGNED,
        lambda c, it: parts.fan_out(c, [PlannedFanOut(it.job_id, 2, 1, "w1")]),
    ),
    "start_part": (ASSIGNED, lambda c, it: parts.claim(c, it.lease_id(), it.incarnation)),
    "end_parted": (RUNNING, lambda c, it: record(c, it, 0, JobState.FAILED)),
}
TARGETS = {
    "fan_out": JobState.ASSIGNED,
    "start_part": JobState.RUNNING,
    "end_parted": JobState.FAILED,
}


@pytest.mark.parametrize("verb", PART_VERBS)
@pytest.mark.parametrize("status", list(JobState))
def test_verbs_move_what_they_may_and_leave_the_rest_alone(
    cursor: Any, verb: str, status: JobState
) -> None:
    state, move = MOVERS[verb]
    it = make_parted(state, status=status)
    before = Job.objects.values().get(id=it.job.id)
    move(cursor, it)
    after = Job.objects.values().get(id=it.job.id)
    if status in MOVES[verb].sources:
        assert after["status"] == TARGETS[verb]
    else:
        assert after == before
