"""Integers that last: one for each task, one for each execution."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from executors import retention
from executors.models import Execution, Executor, XxlJob, XxlRun
from executors.protocols.xxl_job.numbering import free_name, give, subject_of
from jobs.states import JobState
from tests.support.races import Rival
from tests.support.rows import make_execution, make_executor, make_job, make_lease

TASK = "01999999-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    ("asked", "subject"),
    [
        ((TASK, "reports", "daily"), f"task:{TASK}"),
        ((None, "reports", "daily"), "reports/daily"),
        ((None, "reports", "a/b"), "reports/a%2Fb"),
        ((None, "reports/a", "b"), "reports%2Fa/b"),
        ((None, "reports", "daily#1"), "reports/daily%231"),
        ((None, "reports", "a%2Fb"), "reports/a%252Fb"),
    ],
)
def test_what_a_number_stands_for(asked: Any, subject: str) -> None:
    assert subject_of(*asked) == subject


@pytest.mark.parametrize(
    ("taken", "name"),
    [
        (set(), "a"),
        ({"b"}, "a"),
        ({"a"}, "a#1"),
        ({"a", "a#1", "a#3"}, "a#2"),
        ({"a#1"}, "a"),
    ],
)
def test_the_first_name_that_is_free(taken: set[str], name: str) -> None:
    assert free_name("a", taken) == name


def started(executor: Executor) -> str:
    """The id of an execution that runs there."""
    execution = make_execution(
        make_job(JobState.RUNNING), make_lease(executor, "claimed"), "running"
    )
    return str(execution.id)


def test_a_task_keeps_its_number_and_each_run_has_its_own(cursor: Any) -> None:
    there = make_executor("there")
    one, two = started(there), started(there)
    first = give(cursor, one, str(there.id), "task:1", "sequential")
    second = give(cursor, two, str(there.id), "task:1", "sequential")

    assert first.job_id == second.job_id == XxlJob.objects.get().id
    assert second.log_id == first.log_id + 1
    assert second.is_latest
    again = give(cursor, one, str(there.id), "task:1", "sequential")
    assert (again.job_id, again.log_id, again.is_latest) == (first.job_id, first.log_id, False)


def test_numbers_are_not_used_up_by_runs(cursor: Any) -> None:
    there = make_executor("there")
    numbers = [
        give(cursor, started(there), str(there.id), subject, "skip")
        for subject in ("task:1", "task:1", "task:1", "task:2")
    ]

    assert numbers[-1].job_id == numbers[0].job_id + 1


def test_a_number_is_free_again_once_its_run_has_ended(cursor: Any) -> None:
    there = make_executor("there")
    ids = [started(there) for _ in range(3)]
    runs = [give(cursor, id_, str(there.id), "task:1", "parallel") for id_ in ids]
    assert len({run.job_id for run in runs}) == 3

    Execution.objects.filter(id=ids[1]).update(state="completed")
    again = give(cursor, started(there), str(there.id), "task:1", "parallel")

    assert again.job_id == runs[1].job_id


def test_what_runs_elsewhere_takes_no_number(cursor: Any) -> None:
    numbers = {
        give(cursor, started(there), str(there.id), "task:1", "parallel").job_id
        for there in (make_executor("here"), make_executor("there"))
    }

    assert len(numbers) == 1


def test_two_runs_at_the_same_moment_do_not_get_the_same_number(rival: Rival) -> None:
    there = make_executor("there")
    one, two = started(there), started(there)
    XxlJob.objects.create(subject="task:1")
    with transaction.atomic(), connection.cursor() as cursor:
        first = give(cursor, one, str(there.id), "task:1", "parallel")
        other = rival.begin(lambda cursor: give(cursor, two, str(there.id), "task:1", "parallel"))
        rival.wait_blocked()

    assert other.result(20).job_id != first.job_id


def test_numbers_of_runs_go_with_their_job(cursor: Any) -> None:
    job = make_job(JobState.COMPLETED, age=timedelta(days=2))
    executor = make_executor("there")
    execution = make_execution(job, make_lease(executor))
    give(cursor, str(execution.id), str(executor.id), "task:1", "parallel")
    retention.prune("completed", timedelta(days=1), 10)

    assert not XxlRun.objects.exists()
    assert XxlJob.objects.get().subject == "task:1"
