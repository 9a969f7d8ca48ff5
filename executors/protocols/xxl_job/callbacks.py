"""How runs ended, as executors of XXL-JOB call back: made reports of the executions."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from executors.protocols.xxl_job.wire import told
from executors.protocols.xxl_job.wire.told import Ending
from executors.reports import accept_report
from executors.reports.report import Failure, Report, ReportStatus
from jobs.sql import numbers


@dataclass(frozen=True, slots=True)
class Run:
    """The execution that a `logId` stands for, its timeout and its time so far, in seconds."""

    execution_id: str
    timeout: float | None
    elapsed: float


def accept(endings: Iterable[Ending]) -> int:
    """Has reports taken in, the first of each run; how many changed something."""
    by_log_id: dict[int, Ending] = {}
    for ending in endings:
        by_log_id.setdefault(ending.log_id, ending)
    runs = _runs(by_log_id)
    return sum(
        accept_report(run.execution_id, report_of(by_log_id[log_id], run))
        for log_id, run in runs.items()
    )


def report_of(ending: Ending, run: Run) -> Report:
    """What an ending says: its message is the result's text, or says what was wrong.

    Some executors call a timeout a failure like any other.
    """
    if ending.code == told.COMPLETED:
        return Report(status=ReportStatus.COMPLETED, result=json.dumps(ending.message))
    is_late = run.timeout is not None and run.elapsed >= run.timeout
    if ending.code == told.TIMED_OUT or (ending.code == told.FAILED and is_late):
        return _failed("timeout", ending.message or "The executor ended it at its timeout.")
    if ending.code == told.FAILED:
        return _failed("failed", ending.message or "The executor did not say why.")
    return _failed("failed", f"It ended with the code {ending.code}. {ending.message}".strip())


def _failed(code: str, message: str) -> Report:
    return Report(status=ReportStatus.FAILED, failure=Failure(code, message))


def _runs(log_ids: Iterable[int]) -> dict[int, Run]:
    """The runs of these ids that there are, in the order of the ids."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT run.id, run.execution_id::text, job.timeout,
                   extract(epoch FROM now() - run.started_at)::float8
              FROM executors_xxlrun run
              JOIN executors_execution execution ON execution.id = run.execution_id
              JOIN jobs_job job ON job.id = execution.job_id
             WHERE run.id = ANY(%s::bigint[]) AND execution.state = 'running'
             ORDER BY run.id
            """,
            (numbers(log_ids),),
        )
        return {row[0]: Run(*row[1:]) for row in cursor.fetchall()}
