"""Reports from outside a worker: what counts, what comes too late, what two at once come to."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction

from executors import leases
from executors.logs.lines import Line
from executors.models import LogLine
from executors.reports import Failure, Progress, Report, ReportStatus, accept_report
from executors.states import ExecutionState, LeaseState
from jobs.models import Job, JobEvent
from jobs.states import JobState
from tests.support.parted import make_parted
from tests.support.situations import Situation, running

COMPLETED = Report(status=ReportStatus.COMPLETED, result='{"sum": 3}')
FAILED = Report(status=ReportStatus.FAILED, failure=Failure("no_paper", "There is no paper."))


def progress(fraction: float, *lines: str, **fields: Any) -> Report:
    told = Progress(fraction, "so far")
    return Report(
        status=ReportStatus.PROGRESS, progress=told, logs=[Line(text) for text in lines], **fields
    )


def report(it: Situation, what: Report) -> bool:
    accepted = accept_report(str(it.executions[0].id), what)
    it.refresh()
    return accepted


def log() -> list[str]:
    return list(LogLine.objects.order_by("number").values_list("text", flat=True))


@pytest.mark.django_db
def test_a_completed_report_ends_the_job_its_execution_and_its_lease():
    it = running(type="add_numbers")
    assert report(it, COMPLETED)
    assert (it.jobs[0].status, it.jobs[0].result) == (JobState.COMPLETED, {"sum": 3})
    assert it.executions[0].state == ExecutionState.COMPLETED
    assert (it.lease.state, it.lease.done) == (LeaseState.FINISHED, 1)


@pytest.mark.django_db
@pytest.mark.parametrize("late", [COMPLETED, FAILED, progress(0.5, "late")])
def test_whatever_comes_after_the_end_changes_nothing(late: Report):
    it = running(type="add_numbers")
    assert report(it, COMPLETED)
    before = Job.objects.values().get()
    assert not report(it, late)
    assert Job.objects.values().get() == before
    assert log() == []


@pytest.mark.django_db
@pytest.mark.parametrize("late", [COMPLETED, FAILED, progress(0.5, "late")])
def test_reports_of_a_lost_execution_change_nothing(late: Report):
    it = running(type="add_numbers")
    with transaction.atomic(), connection.cursor() as cursor:
        leases.lose(cursor, [it.lease_id], "Its executor went silent.")
    before = Job.objects.values().get()
    assert not report(it, late)
    assert Job.objects.values().get() == before


@pytest.mark.django_db
def test_a_failed_attempt_is_followed_by_another_until_there_are_none_left():
    it = running(type="add_numbers", max_attempts=2)
    assert report(it, FAILED)
    assert (it.jobs[0].status, it.jobs[0].error["code"]) == (JobState.SCHEDULED, "no_paper")
    assert it.executions[0].state == ExecutionState.FAILED
    assert JobEvent.objects.get().kind == "retried"


@pytest.mark.django_db
def test_a_permanent_failure_is_not_tried_again():
    it = running(type="add_numbers")
    never = Failure("no_paper", "There is no paper.", "line 1", permanent=True)
    assert report(it, Report(status=ReportStatus.FAILED, failure=never))
    assert it.jobs[0].status == JobState.FAILED
    assert it.jobs[0].error == {
        "code": "no_paper",
        "message": "There is no paper.",
        "traceback": "line 1",
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("type_", "result", "said"),
    [
        ("add_numbers", '{"total": 3}', "does not fit"),
        ("add_numbers", "nonsense", "does not fit"),
        ("external", "[1e999]", "too large"),
        ("external", '"\\u0000"', "NUL"),
        ("external", json.dumps("x" * 20_000_000), "at most"),
        ("gone", "{}", "no job type"),
    ],
)
def test_a_result_that_can_not_be_kept_fails_the_job_for_good(type_, result, said):
    it = running(type=type_)
    assert report(it, Report(status=ReportStatus.COMPLETED, result=result))
    assert it.jobs[0].status == JobState.FAILED
    assert said in it.jobs[0].error["message"]


@pytest.mark.django_db
@pytest.mark.parametrize("result", ["null", "[]", '"text"', '{"a": [1, 2.5, true]}', None])
def test_an_external_job_may_have_any_json_as_its_result(result):
    it = running(type="external")
    assert report(it, Report(status=ReportStatus.COMPLETED, result=result))
    assert it.jobs[0].result == json.loads(result or "null")


@pytest.mark.django_db
@pytest.mark.parametrize("end", [FAILED, Report(status=ReportStatus.CANCELLED)])
def test_a_job_that_was_told_to_stop_is_cancelled_by_its_failure(end: Report):
    it = running(type="add_numbers")
    Job.objects.update(cancel_requested_at=it.jobs[0].created_at)
    assert report(it, end)
    assert (it.jobs[0].status, it.lease.state) == (JobState.CANCELLED, LeaseState.FINISHED)


@pytest.mark.django_db
def test_progress_is_shown_with_its_lines_in_the_log():
    it = running(type="add_numbers")
    assert report(it, progress(0.25, "one", "two"))
    assert it.jobs[0].progress == {"fraction": 0.25, "message": "so far"}
    assert log() == ["one", "two"]
    assert it.lease.accepted_at is not None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("reports", "accepted"),
    [
        ([progress(0.5, "a"), progress(0.5, "a")], [True, False]),
        ([progress(0.5, "a"), progress(0.5, "b")], [True, True]),
        ([progress(0.5, "a"), progress(0.4, "b")], [True, False]),
        ([progress(0.5, sequence=2), progress(0.4, sequence=1)], [True, False]),
        ([progress(0.5, sequence=2), progress(0.4, sequence=3)], [True, True]),
        ([progress(0.5, sequence=2), progress(0.6, sequence=2)], [True, False]),
    ],
)
def test_progress_that_is_repeated_or_out_of_order_changes_nothing(reports, accepted):
    it = running(type="add_numbers")
    assert [report(it, one) for one in reports] == accepted
    last = [one for one, counts in zip(reports, accepted, strict=True) if counts][-1]
    assert it.jobs[0].progress["fraction"] == last.progress.fraction
    assert len(log()) == sum(
        len(one.logs) for one, counts in zip(reports, accepted, strict=True) if counts
    )


@pytest.mark.django_db
def test_a_part_says_how_far_it_is_beside_the_progress_of_its_job():
    it = make_parted(ExecutionState.RUNNING, ExecutionState.RUNNING)
    Job.objects.update(progress={"fraction": 0.5, "message": "1 of 2 chunks"})
    assert accept_report(str(it.parts[0].id), progress(0.1, "a tenth"))
    assert log() == ["a tenth"]
    assert Job.objects.get().progress == {"fraction": 0.5, "message": "1 of 2 chunks"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "reports",
    [
        [COMPLETED, Report(status=ReportStatus.COMPLETED, result='{"sum": 4}')],
        [COMPLETED, FAILED],
        [progress(0.5, "same"), progress(0.5, "same")],
    ],
)
def test_of_two_at_once_one_counts(reports: list[Report]):
    it = running(type="add_numbers")
    start = Barrier(len(reports))

    def send(what: Report) -> bool:
        start.wait()
        try:
            return accept_report(str(it.executions[0].id), what)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(reports)) as pool:
        accepted = list(pool.map(send, reports))
    assert sorted(accepted) == [False, True]
    assert len(log()) == len(reports[accepted.index(True)].logs)
