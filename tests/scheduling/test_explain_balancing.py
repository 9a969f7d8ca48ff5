"""What is said of jobs whose load-balance strategy waits, and of shards that wait."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from executors.models import Execution, LoadBalanceState, Member
from executors.processes import rows
from executors.processes.roles import ProcessRole
from executors.processes.rows import Instance
from executors.states import LeaseState, Protocol
from jobs.states import JobState
from jobs.wishes import LoadBalanceStrategy as S
from scheduling import firing
from scheduling.explaining.explain import explain
from scheduling.explaining.page import page
from scheduling.explaining.reading.learning import learned
from scheduling.models import TaskExecutor
from tests.support.rows import make_executor, make_gateway, make_job, make_lease
from tests.support.tasks import make_task

pytestmark = pytest.mark.django_db

TYPES = ["add_numbers"]


@pytest.fixture(autouse=True)
def _all_run_and_nothing_is_known(cursor: Any) -> None:
    learned.forget()
    make_gateway()
    rows.beat(cursor, Instance(ProcessRole.DISPATCHER), leads=True)


def sticky_job(**fields: Any) -> Any:
    """A job that waits for w1, which is full and had the last job."""
    make_lease(make_executor("w1", slots=1, types=TYPES), LeaseState.CLAIMED)
    make_executor("w2", slots=1, types=TYPES)
    LoadBalanceState.objects.create(
        subject="type:add_numbers", strategy=S.STICKY, state={"last": "w1"}
    )
    return make_job(load_balance_strategy=S.STICKY, **fields)


def test_a_job_that_waits_for_the_executor_it_prefers(cursor: Any) -> None:
    then = firing.read_clock(cursor) - timedelta(seconds=10)
    found = explain(sticky_job(created_at=then, available_at=then).id)
    assert found.waiting
    (blocker,) = found.waiting.blockers
    assert (blocker.kind, blocker.executors) == ("preference", ["w1"])
    assert blocker.text == (
        "It waits up to 20 s for executor w1, which had the last job and is busy; "
        "its load-balance strategy is sticky."
    )
    assert blocker.until
    assert found.waiting.load_balance_strategy == "sticky"
    assert found.waiting.forecast.start_in == pytest.approx(20, abs=1)
    changes = {its.kind: its.start_in for its in found.waiting.changes}
    assert changes["load_balance_strategy"] == 0.0
    assert "priority" not in changes
    assert "sticky" in page(found)


def test_one_that_has_waited_long_enough_goes_elsewhere(cursor: Any) -> None:
    found = explain(sticky_job(age=timedelta(seconds=60)).id)
    assert found.waiting
    assert found.waiting.starts_now


def test_jobs_without_a_strategy_go_to_the_least_loaded(cursor: Any) -> None:
    make_executor("w1", slots=1, types=TYPES)
    found = explain(make_job().id)
    assert found.waiting
    assert found.waiting.load_balance_strategy == "least_loaded"


def test_a_broadcast_says_how_many_shards_are_done_and_which_wait(cursor: Any) -> None:
    here, away = make_executor("w1", types=TYPES), make_executor("w2", types=TYPES)
    fields = {"chunk_count": 2, "width": 2, "load_balance_strategy": S.BROADCAST}
    job = make_job(JobState.RUNNING, age=timedelta(seconds=5), **fields)
    lease = make_lease(here, kind="shard")
    common = {"job": job, "kind": "shard", "attempt": 1}
    Execution.objects.create(
        state="completed", chunk=0, executor=here, lease=lease, started_at=job.started_at,
        completed_at=job.started_at, **common,
    )  # fmt: skip
    Execution.objects.create(
        state="queued", chunk=1, executor=away, available_at=job.started_at, **common
    )
    away.status = "offline"
    away.save()
    found = explain(job.id)
    assert found.running
    assert found.running.text.startswith("1 of 2 shards are done, 0 under way, 1 queued.")
    kinds = {its.kind: its.text for its in found.running.blockers}
    assert kinds["shards"] == "1 shard waits for its executor, busy or away."
    assert "w2 is offline" in kinds["unavailable"]


def test_a_job_whose_task_is_linked_to_nobody_who_is_online(cursor: Any) -> None:
    task = make_task(type="add_numbers", payload={"a": 1, "b": 2})
    make_executor("other", types=TYPES)
    linked = make_executor("group:one", types=TYPES, status="offline", protocol=Protocol.HTTP)
    TaskExecutor.objects.create(task=task, executor=linked)
    found = explain(make_job(requires={f"task:{task.id}": "linked"}).id)
    assert found.waiting
    texts = {its.kind: its.text for its in found.waiting.blockers}
    assert texts["labels"] == (
        "No executor that runs add_numbers and is linked to its task is online."
    )
    assert "group:one is offline" in texts["unavailable"]
    why = {its.name: its.why_not for its in found.waiting.executors}
    assert why == {"other": "is not linked to its task", "group:one": "is offline"}
    assert {its.kind for its in found.waiting.changes} == {"bring_back"}


def test_an_executor_that_says_it_is_busy_has_nothing_free(cursor: Any) -> None:
    until = timezone.now() + timedelta(hours=1)
    executor = make_executor("group:one", types=TYPES, protocol=Protocol.HTTP)
    Member.objects.create(executor=executor, group="group", instance_id="one", busy_until=until)
    found = explain(make_job().id)
    assert found.waiting
    texts = {its.kind: its.text for its in found.waiting.blockers}
    assert set(texts) == {"slots", "unavailable"}
    assert "group:one said that it is busy, or did not take a call" in texts["unavailable"]
    assert [its.slots_free for its in found.waiting.executors] == [0]


def test_an_executor_that_still_runs_the_task_has_nothing_free_for_it(cursor: Any) -> None:
    task = make_task(type="add_numbers", payload={"a": 1, "b": 2})
    executor = make_executor("group:one", types=TYPES, protocol=Protocol.XXL_JOB)
    until = (timezone.now() + timedelta(hours=1)).timestamp()
    busy = {str(task.id): {"until": until, "refusals": 1}}
    Member.objects.create(executor=executor, group="group", instance_id="one", busy_with=busy)
    found = explain(make_job(task_id=task.id).id)
    assert found.waiting
    texts = {its.kind: its.text for its in found.waiting.blockers}
    assert "group:one still runs an earlier job of its task" in texts["unavailable"]
    assert [its.slots_free for its in found.waiting.executors] == [0]
