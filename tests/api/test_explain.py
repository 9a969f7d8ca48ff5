"""GET /jobs/{id}/explain, and the command of the same name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from executors.models import Execution, Process
from executors.states import ExecutionState, LeaseState
from jobs.models import Job, JobEvent
from jobs.states import JobState
from scheduling.explaining.answer import Explanation
from scheduling.explaining.reading import ahead as reading_ahead
from scheduling.explaining.reading.learning import learned
from tests.api.client import NOWHERE, Api, problem
from tests.support.races import Rival
from tests.support.rows import (
    make_execution,
    make_executor,
    make_gateway,
    make_job,
    make_lease,
    make_member,
)
from tests.support.situations import running

TYPES = ["add_numbers", "echo", "monte_carlo_pi"]


@pytest.fixture(autouse=True)
def _leader(db: None) -> Iterator[None]:
    """A dispatcher leads; nothing is known of durations."""
    learned.forget()
    row = Process(role="dispatcher", host="here", pid=1, leader_since=timezone.now())
    row.save()
    yield
    learned.forget()


def explained(api: Api, job: Job) -> Explanation:
    answer = api.get(f"jobs/{job.id}/explain")
    assert answer.status_code == 200, answer.content
    return Explanation.model_validate_json(answer.content)


def blockers(its: Explanation) -> list[str]:
    assert its.waiting
    return [one.kind for one in its.waiting.blockers]


def queued(type_: str = "echo", **fields: Any) -> Job:
    """A minute old, since for Postgres it is still the start of the test."""
    width = fields.get("thread_demand", 1)
    fields = {"age": timedelta(minutes=1)} | fields
    return make_job(type=type_, **{"placement_class": f"{type_}/{width}"} | fields)


def busy(name: str = "w1", slots: int = 1, **fields: Any) -> None:
    """An executor all of whose slots are taken."""
    executor = make_executor(name, slots=slots, **{"types": TYPES} | fields)
    for _ in range(slots):
        make_lease(executor, LeaseState.CLAIMED, job_type="echo")


def known(type_: str, seconds: float) -> None:
    """The type has been run before."""
    past = make_executor("past", status="offline")
    make_lease(past, job_type=type_, done=10, busy_seconds=10 * seconds)


def test_a_job_that_can_start(viewer: Api) -> None:
    make_executor(types=TYPES)
    its = explained(viewer, queued())
    assert its.waiting
    assert (its.waiting.starts_now, its.waiting.blockers, its.waiting.changes) == (True, [], [])
    assert its.waiting.forecast.start_in == 0
    assert its.running is its.finished is None


def test_nobody_dispatches(viewer: Api) -> None:
    make_executor(types=TYPES)
    Process.objects.all().delete()
    its = explained(viewer, queued())
    assert its.waiting
    assert (blockers(its), its.waiting.starts_now) == (["no_dispatcher"], False)
    assert its.waiting.forecast.start_in is None


def test_no_executor_at_all_or_none_of_the_type(viewer: Api) -> None:
    job = queued()
    assert blockers(explained(viewer, job)) == ["no_executor"]
    make_executor("w1", types=["noop"])
    make_executor("w2", types=TYPES, status="draining")
    its = explained(viewer, job)
    assert its.waiting
    assert blockers(its) == ["type", "unavailable"]
    assert its.waiting.blockers[1].executors == ["w2"]
    rooms = {one.name: one for one in its.waiting.executors}
    assert rooms["w1"].why_not == "does not run echo"
    assert rooms["w2"].why_not == "is draining"
    assert [change.kind for change in its.waiting.changes] == ["bring_back", "executor"]


def test_http_executors_that_no_gateway_calls(viewer: Api) -> None:
    make_member("shop", "one")
    job = queued("external", requires={"group": "shop"}, placement_class="external/1/x")
    its = explained(viewer, job)
    assert its.waiting
    assert blockers(its) == ["no_gateway"]
    assert its.waiting.blockers[0].executors == ["shop:one"]
    assert its.summary == its.waiting.blockers[0].text
    assert (its.waiting.executors[0].status, its.waiting.changes[0].kind) == (
        "unreachable", "gateway"
    )  # fmt: skip
    make_gateway()
    assert blockers(explained(viewer, job)) == []


def test_labels_that_nobody_has(viewer: Api) -> None:
    make_executor("w1", types=TYPES, labels={"zone": "a", "gpu": "false"})
    job = queued(requires={"gpu": "true", "zone": "a"}, placement_class="echo/1/x")
    its = explained(viewer, job)
    assert its.waiting
    assert blockers(its) == ["labels"]
    assert its.waiting.blockers[0].labels == {"gpu": "true"}
    assert its.waiting.executors[0].missing_labels == {"gpu": "true"}
    assert its.waiting.executors[0].why_not == "lacks the label gpu=true (it has gpu=false)"
    first, second = its.waiting.changes
    assert (first.kind, first.text) == ("requires", "Submit it without requiring gpu=true.")
    assert "with gpu=true, zone=a" in second.text
    make_executor("w2", types=TYPES, labels={"zone": "a", "gpu": "true"})
    assert blockers(explained(viewer, job)) == []


def test_jobs_ahead_and_no_slot(viewer: Api) -> None:
    busy(slots=2)
    for priority, age in ((9, 10), (5, 200), (5, 10), (1, 10)):
        queued(priority=priority, age=timedelta(seconds=age))
    queued("noop", priority=9)
    job = queued(priority=5, age=timedelta(seconds=100))
    its = explained(viewer, job)
    assert its.waiting
    assert blockers(its) == ["jobs_ahead", "slots"]
    ahead, slots = its.waiting.blockers
    assert (ahead.count, ahead.at_least) == (2, False)
    assert (slots.slots_needed, slots.slots_free) == (1, 0)
    assert "0 of the 2 slots of 1 executor that could run it are free" in slots.text


def test_jobs_ahead_are_not_counted_for_ever(viewer: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_ahead, "COUNTED", 5)
    monkeypatch.setattr(reading_ahead, "READ", 2)
    busy()
    for _ in range(9):
        queued()
    ahead = explained(viewer, queued(age=timedelta(0))).waiting.blockers[0]
    assert (ahead.count, ahead.at_least) == (5, True)
    assert ahead.text.startswith("5+ jobs come first")


def test_a_job_that_is_too_wide_and_wishes_to_wait(viewer: Api) -> None:
    make_executor(types=TYPES, slots=4)
    its = explained(viewer, queued(thread_demand=6, on_shortage="wait"))
    assert its.waiting
    (blocker,) = its.waiting.blockers
    assert (blocker.kind, blocker.slots_needed, blocker.slots_free) == ("too_wide", 6, 4)
    kinds = [(change.kind, change.value, change.start_in) for change in its.waiting.changes]
    assert ("thread_demand", "4", 0) in kinds
    assert ("on_shortage", "degrade", 0) in kinds


def test_a_reservation_stands_in_the_way(viewer: Api) -> None:
    known("echo", 60)
    executor = make_executor(types=TYPES, slots=4)
    for _ in range(2):
        make_lease(executor, LeaseState.CLAIMED, job_type="echo")
    wide = queued(thread_demand=4, age=timedelta(minutes=2))
    its = explained(viewer, queued("monte_carlo_pi"))
    assert its.waiting
    assert blockers(its) == ["reservation", "jobs_ahead", "slots"]
    assert str(its.waiting.blockers[0].job) == str(wide.id)
    assert its.waiting.blockers[0].until
    own = explained(viewer, wide).waiting
    assert own
    assert own.reservation
    assert own.reservation.slots == {"w1": 4}
    assert own.reservation.due_in == pytest.approx(60, abs=20)
    assert ("thread_demand", "2", 0) in [(c.kind, c.value, c.start_in) for c in own.changes]


def test_the_priority_that_would_do(viewer: Api) -> None:
    """One slot is free, and somebody of priority 7 is about to get it."""
    make_executor(types=TYPES, slots=1)
    queued(priority=7)
    its = explained(viewer, queued(priority=3))
    assert its.waiting
    priority = next(one for one in its.waiting.changes if one.kind == "priority")
    assert (priority.value, priority.start_in) == ("8", 0)


def test_future_and_retries(viewer: Api) -> None:
    later = timezone.now() + timedelta(hours=1)
    job = make_job(JobState.SCHEDULED, run_at=later, available_at=later)
    its = explained(viewer, job)
    assert its.waiting
    assert blockers(its) == ["future", "no_executor"]
    assert its.waiting.blockers[0].until == later
    Job.objects.filter(id=job.id).update(attempt=2, type="echo")
    make_executor(types=TYPES)
    its = explained(viewer, job)
    assert its.waiting
    assert blockers(its) == ["retry_delay"]
    assert "Attempt 2 failed" in its.summary
    assert its.waiting.forecast.at_least
    assert its.waiting.forecast.start_in == pytest.approx(3600, abs=100)


def test_a_job_that_waits_for_others(viewer: Api) -> None:
    make_executor(types=TYPES)
    its = explained(viewer, make_job(JobState.WAITING))
    assert its.waiting
    assert (blockers(its), its.waiting.starts_now) == (["dependency"], False)
    assert its.waiting.forecast.start_in is None


def test_a_running_job(viewer: Api) -> None:
    known("add_numbers", 100)
    situation = running()
    Execution.objects.update(started_at=timezone.now())
    its = explained(viewer, situation.jobs[0]).running
    assert its
    assert its.executors == ["w1"]
    assert its.ends_in == pytest.approx(100, abs=10)
    assert not its.overdue


def test_the_parts_of_a_job_wait_too(viewer: Api) -> None:
    busy(slots=1)
    job = make_job(JobState.RUNNING, type="monte_carlo_pi", chunk_count=3, width=2)
    lease = make_lease(make_executor("w9", status="draining"), LeaseState.CLAIMED, kind="chunk")
    make_execution(job, lease, ExecutionState.RUNNING, kind="chunk", chunk=0,
                   started_at=timezone.now())  # fmt: skip
    for chunk in (1, 2):
        Execution.objects.create(
            job=job, kind="chunk", chunk=chunk, attempt=1, state="queued",
            available_at=timezone.now() - timedelta(minutes=1),
        )  # fmt: skip
    its = explained(viewer, job).running
    assert its
    assert its.chunks
    assert (its.chunks.running, its.chunks.queued, its.chunks.count) == (1, 2, 3)
    assert [one.kind for one in its.blockers] == ["slots"]


def test_a_finished_job(viewer: Api) -> None:
    start = timezone.now() - timedelta(minutes=5)

    def at(seconds: float) -> Any:
        return start + timedelta(seconds=seconds)

    job = make_job(
        JobState.COMPLETED, created_at=start, available_at=at(20), started_at=at(22),
        completed_at=at(30), attempt=2,
    )  # fmt: skip
    executor = make_executor()
    for times, state in (((1, 2, 10), "failed"), ((21, 22, 30), "completed")):
        assigned, started, completed = map(at, times)
        lease = make_lease(executor, assigned_at=assigned, closed_at=completed)
        make_execution(job, lease, state, started_at=started, completed_at=completed)
    JobEvent.objects.create(job=job, kind="retried", at=at(10), data={"delay": 10, "error": {}})
    its = explained(viewer, job).finished
    assert its
    assert {one.kind: one.seconds for one in its.phases} == pytest.approx(
        {"queued": 2, "handed_over": 2, "running": 16, "retry_delay": 10}
    )
    job.refresh_from_db()
    assert its.total == pytest.approx(job.total_time)
    assert [one.state for one in its.attempts] == ["failed", "completed"]
    assert [one.running for one in its.attempts] == pytest.approx([8, 8])


def test_who_may_ask_for_what(viewer: Api) -> None:
    body = problem(viewer.get(f"jobs/{NOWHERE}/explain"), 404)
    assert NOWHERE in body["detail"]
    assert viewer.client.get("/api/v1/jobs/nonsense/explain").status_code == 404
    problem(Api("executor").get(f"jobs/{NOWHERE}/explain"), 403)
    problem(viewer.post(f"jobs/{NOWHERE}/explain"), 403)


def test_nothing_of_other_jobs_is_told_but_ids_and_types(viewer: Api) -> None:
    make_executor(types=TYPES, slots=2)
    secret = {"payload": {"password": "hunter2"}, "name": "a secret name", "submitted_by": "eve"}
    queued(priority=9, thread_demand=2, **secret)
    body = viewer.get(f"jobs/{queued().id}/explain").content.decode()
    assert not any(word in body for word in ("hunter2", "secret", "eve"))


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("explain", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_says_the_same(viewer: Api) -> None:
    busy(slots=3)
    queued(priority=9)
    job = queued()
    text = command(str(job.id))
    its = explained(viewer, job)
    assert its.summary in text
    assert "Why it waits\n  1. 1 job comes first" in text
    assert "w1  0 of 3 free  could run it" in text
    said = json.loads(command(str(job.id), "--json"))
    assert said.keys() == its.model_dump().keys()
    with pytest.raises(CommandError, match=f"There is no job {NOWHERE}"):
        command(NOWHERE)


def test_the_command_about_other_jobs() -> None:
    now = timezone.now()
    then = now - timedelta(seconds=9)
    done = make_job(JobState.COMPLETED, created_at=then, available_at=then, completed_at=now)
    make_execution(done, make_lease(make_executor()), completed_at=now)
    assert "Where its time went\n  queued  9 s" in command(str(done.id))
    assert "Runs on w2" in command(str(running(executor=make_executor("w2")).ids[0]))


@pytest.mark.django_db(transaction=True)
def test_it_reads_one_moment_and_writes_nothing(
    viewer: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scheduling.explaining.explain import _snapshot

    monkeypatch.setattr("scheduling.explaining.explain.PATIENCE", 2.0)
    with _snapshot() as cursor:
        cursor.execute("SELECT current_setting('transaction_isolation'), "
                       "current_setting('transaction_read_only'), "
                       "current_setting('statement_timeout')")  # fmt: skip
        assert cursor.fetchone() == ("repeatable read", "on", "2s")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('transaction_read_only')")
        assert cursor.fetchone() == ("off",)


def test_a_database_that_does_not_answer_in_time(
    transactional_db: None, rival: Rival, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit holds while somebody has the table locked."""
    viewer, job = Api("viewer"), make_job()
    with monkeypatch.context() as hasty, rival.locking("jobs_job"):
        hasty.setattr("scheduling.explaining.explain.PATIENCE", 0.1)
        assert "0.1 s" in problem(viewer.get(f"jobs/{job.id}/explain"), 503)["detail"]
    assert viewer.get(f"jobs/{job.id}/explain").status_code == 200
