"""Jobs that are broadcast: what each verb does to the job and its shards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from executors.leases import Tally, parts
from executors.leases.parts import GivenBack, PlannedBroadcast
from executors.models import Execution, Executor
from executors.states import ExecutionState
from jobs.ids import uuid7
from jobs.models import Job
from jobs.states import JobState
from scheduling.dispatching.parts import read_parts
from scheduling.placement import Shards
from tests.executors.test_parts import COMPLETED, FAILED, LOST, QUEUED, RUNNING, plan, record
from tests.support.parted import Parted
from tests.support.rows import make_executor, make_job

pytestmark = pytest.mark.django_db

PATIENCE = 60.0


def start(cursor: Any, *names: str, **fields: Any) -> Parted:
    """A job whose shards all run, one on each of the executors with these names."""
    executors = [make_executor(name, types=["add_numbers"]) for name in names]
    job = make_job(**({"load_balance_strategy": "broadcast"} | fields))
    ids = [str(its.id) for its in executors]
    parts.broadcast(cursor, [PlannedBroadcast(str(job.id), ids, names[0])])
    for shard, executor in zip(shards(job), executors, strict=True):
        (lease,) = parts.assign(cursor, [plan(job, executor, str(shard.id), "shard")])
        assert parts.claim(cursor, lease.id, str(executor.incarnation))
    job.refresh_from_db()
    return Parted(executors[0], job, shards(job))


def shards(job: Job) -> list[Execution]:
    """The latest execution of each shard."""
    rows = Execution.objects.filter(job=job).order_by("chunk", "-id")
    return list(rows.distinct("chunk"))


def give_up_waiting(job: Job, **executor: Any) -> None:
    """As if its queued shards had waited too long, for executors like this."""
    then = timezone.now() - timedelta(seconds=PATIENCE * 2)
    waiting = Execution.objects.filter(job=job, state=QUEUED)
    Executor.objects.filter(executions__in=waiting).update(**({"last_heartbeat": then} | executor))
    waiting.update(available_at=then)


def test_every_executor_gets_a_shard_of_its_own(cursor: Any) -> None:
    one, two = make_executor("w1"), make_executor("w2")
    job, gone = make_job(attempt=1), make_job(JobState.CANCELLED)
    ids = [str(one.id), str(two.id)]
    parts.broadcast(cursor, [PlannedBroadcast(str(its.id), ids, "w1") for its in (job, gone)])
    job.refresh_from_db()
    assert (job.status, job.chunk_count, job.width, job.executor) == ("assigned", 2, 2, "w1")
    rows = Execution.objects.order_by("chunk")
    assert [(str(row.executor_id), row.kind, row.chunk, row.state) for row in rows] == [
        (ids[0], "shard", 0, QUEUED),
        (ids[1], "shard", 1, QUEUED),
    ]
    assert {row.attempt for row in rows} == {2}
    (waiting,) = read_parts(cursor)
    assert isinstance(waiting, Shards)
    assert list(waiting.bound) == ids


def test_the_last_shard_completes_the_job_with_what_each_said(cursor: Any) -> None:
    it = start(cursor, "w1", "w2", "w3")
    for index in (2, 0):
        assert record(cursor, it, index, JobState.COMPLETED, result=f'{{"n": {index}}}')
    it.refresh()
    assert (it.job.status, it.job.progress["message"]) == ("running", "2 of 3 executors")
    assert not parts.end_broadcast(cursor, it.job_id)
    assert record(cursor, it, 1, JobState.COMPLETED, result='{"n": 1}')
    it.refresh()
    assert it.job.status == "completed"
    assert it.job.result == [{"executor": f"w{n + 1}", "result": {"n": n}} for n in range(3)]
    assert it.job.execution_id in {its.id for its in it.parts}
    assert not record(cursor, it, 1, JobState.COMPLETED)
    assert not parts.end_broadcast(cursor, it.job_id)
    assert not parts.queue_combine(cursor, it.job_id)


def test_recovery_completes_it_if_nobody_else_did(cursor: Any) -> None:
    it = start(cursor, "w1")
    then = timezone.now() - timedelta(seconds=60)
    Execution.objects.update(state=COMPLETED, completed_at=then, result={"n": 0})
    assert parts.stalled(cursor).others == [it.job_id]
    assert parts.end_broadcast(cursor, it.job_id)
    it.refresh()
    assert (it.job.status, it.job.result) == (
        "completed",
        [{"executor": "w1", "result": {"n": 0}}],
    )


def test_results_may_be_null(cursor: Any) -> None:
    it = start(cursor, "w1")
    assert record(cursor, it, 0, JobState.COMPLETED, result=None)
    it.refresh()
    assert it.job.result == [{"executor": "w1", "result": None}]


def test_results_that_are_too_large_together_fail_the_job(cursor: Any, settings: Any) -> None:
    settings.CELERIAC = settings.CELERIAC | {"RESULT_MAX_BYTES": 20}
    it = start(cursor, "w1", "w2")
    for index in (0, 1):
        assert record(cursor, it, index, JobState.COMPLETED, result='"0123456789"')
    it.refresh()
    assert (it.job.status, it.job.result, it.job.error["code"]) == (
        "failed",
        None,
        "invalid_result",
    )


def test_a_shard_that_fails_is_tried_again_on_the_same_executor(cursor: Any) -> None:
    it = start(cursor, "w1", "w2")
    assert record(cursor, it, 1, JobState.SCHEDULED, delay=5.0)
    again = shards(it.job)[1]
    assert (again.state, again.attempt, again.chunk) == (QUEUED, 2, 1)
    assert again.executor_id == it.parts[1].executor_id
    assert it.states()[0] == "running"


def test_a_shard_that_fails_for_good_fails_the_job_and_drops_what_waits(cursor: Any) -> None:
    it = start(cursor, "w1", "w2", "w3")
    assert record(cursor, it, 0, JobState.SCHEDULED, delay=5.0)
    assert record(cursor, it, 1, JobState.FAILED)
    it.refresh()
    assert (it.job.status, it.job.error["message"]) == ("failed", "It went wrong.")
    states = [its.state for its in shards(it.job)]
    assert states == [ExecutionState.CANCELLED, FAILED, RUNNING]
    assert record(cursor, it, 2, JobState.COMPLETED)
    assert it.states()[0] == "failed"


@pytest.mark.parametrize("costs", [True, False])
def test_a_shard_that_is_given_back_waits_for_its_own_executor(cursor: Any, costs: bool) -> None:
    it = start(cursor, "w1", "w2")
    state = "lost" if costs else "released"
    parts.give_back(cursor, [GivenBack(str(it.parts[1].id), costs)], state, "It is gone.")
    again = shards(it.job)[1]
    assert (again.state, again.attempt) == (QUEUED, 1 + costs)
    assert again.executor_id == it.parts[1].executor_id


def test_an_executor_that_does_not_come_back_fails_the_job(cursor: Any) -> None:
    it = start(cursor, "w1", "w2")
    parts.give_back(cursor, [GivenBack(str(it.parts[1].id), True)], "lost", "It is gone.")
    assert parts.fail_forsaken(cursor, PATIENCE) == []
    give_up_waiting(it.job, status="offline")
    assert parts.fail_forsaken(cursor, PATIENCE) == [it.job_id]
    it.refresh()
    assert (it.job.status, it.job.error["code"]) == ("failed", "executor_gone")
    assert it.job.error["message"].startswith("Executor w2 has a shard ")
    assert [its.state for its in shards(it.job)] == [RUNNING, LOST]
    assert parts.fail_forsaken(cursor, PATIENCE) == []


@pytest.mark.parametrize("status", ["online", "offline"])
def test_one_that_is_busy_or_has_just_gone_is_waited_for(cursor: Any, status: str) -> None:
    it = start(cursor, "w1", "w2")
    assert record(cursor, it, 1, JobState.SCHEDULED)
    give_up_waiting(it.job, status=status, last_heartbeat=timezone.now())
    assert parts.fail_forsaken(cursor, PATIENCE) == []


def test_an_executor_that_was_removed_fails_the_job(cursor: Any) -> None:
    it = start(cursor, "w1")
    assert record(cursor, it, 0, JobState.SCHEDULED)
    give_up_waiting(it.job)
    Executor.objects.filter(id=it.executor.id).update(id=uuid7())
    assert parts.fail_forsaken(cursor, PATIENCE) == [it.job_id]


def test_one_that_is_back_without_the_type_fails_the_job(cursor: Any) -> None:
    it = start(cursor, "w1")
    assert record(cursor, it, 0, JobState.SCHEDULED)
    give_up_waiting(it.job, status="online", last_heartbeat=timezone.now(), types=["echo"])
    assert parts.fail_forsaken(cursor, PATIENCE) == [it.job_id]


def test_a_cancelled_one_that_waits_for_somebody_who_is_gone_is_cancelled(cursor: Any) -> None:
    it = start(cursor, "w1", "w2")
    assert record(cursor, it, 1, JobState.SCHEDULED)
    give_up_waiting(it.job, status="offline")
    Job.objects.filter(id=it.job.id).update(cancel_requested_at=timezone.now())
    assert parts.fail_forsaken(cursor, PATIENCE) == [it.job_id]
    it.refresh()
    assert (it.job.status, it.job.error) == ("cancelled", None)


def test_labels_count_only_when_shards_are_made(cursor: Any) -> None:
    it = start(cursor, "w1", requires={"zone": "a"})
    assert record(cursor, it, 0, JobState.SCHEDULED)
    (waiting,) = read_parts(cursor)
    assert waiting.requires == ()


def test_a_cancelled_broadcast_is_not_completed(cursor: Any) -> None:
    it = start(cursor, "w1", "w2")
    Job.objects.filter(id=it.job.id).update(cancel_requested_at=timezone.now())
    assert record(cursor, it, 0, JobState.COMPLETED)
    outcome = it.outcome(1, JobState.CANCELLED)
    assert parts.record(cursor, it.lease_id(1), outcome, Tally(1, 0.1))
    assert it.states()[0] == "cancelled"
