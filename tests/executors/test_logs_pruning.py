"""Logs go with their jobs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction

from executors import retention
from executors.logs import pruning, store
from executors.logs.lines import Line
from executors.logs.models import JobLog, LogLine
from jobs.models import Job
from tests.support.rows import make_execution, make_executor, make_job, make_lease

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def jobs() -> dict[str, Job]:
    """Jobs with a log of five lines."""
    lease = make_lease(make_executor())
    jobs = {
        "old": make_job("completed", age=8 * DAY),
        "older": make_job("completed", age=9 * DAY),
        "young": make_job("completed"),
        "old but failed": make_job("failed", age=8 * DAY),
    }
    for job in jobs.values():
        execution = make_execution(job, lease)
        with transaction.atomic(), connection.cursor() as cursor:
            assert store.append(cursor, str(execution.id), [Line("x")] * 5) == 5
    return jobs


def kept(jobs: dict[str, Job]) -> set[str]:
    rows = set(LogLine.objects.values_list("job_id", flat=True))
    assert rows == set(JobLog.objects.values_list("job_id", flat=True))
    ids = {str(id_) for id_ in rows}
    return {name for name, job in jobs.items() if str(job.id) in ids}


def test_the_logs_of_old_jobs_go_with_them(jobs: dict[str, Job]) -> None:
    assert retention.prune("completed", DAY, 100) == 2
    assert kept(jobs) == {"young", "old but failed"}
    assert LogLine.objects.count() == 10


def test_no_more_than_those_of_the_jobs_that_go(jobs: dict[str, Job]) -> None:
    assert retention.prune("completed", DAY, 1) == 1
    assert kept(jobs) == {"old", "young", "old but failed"}


def test_long_logs_go_ahead_piece_by_piece(
    jobs: dict[str, Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "BATCH", 3)
    pruning.prune_ahead("completed", DAY, 100)
    assert LogLine.objects.count() == 10
    assert Job.objects.count() == 4
    assert retention.prune("completed", DAY, 100) == 2
    assert kept(jobs) == {"young", "old but failed"}
