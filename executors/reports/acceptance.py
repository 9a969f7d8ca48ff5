"""Takes reports in, each in one transaction. A report that comes too late changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import DataError, connection

from executors import leases
from executors.leases import Tally
from executors.logs import store
from executors.reports.ending import ending_of, refused
from executors.reports.order import Known, is_news
from executors.reports.report import Progress, Report, ReportStatus
from executors.worker.attempt import Ending
from jobs import lifecycle, wake
from jobs.lifecycle import Outcome, Placed, Started
from jobs.sql import Cursor, retry_on_deadlock


@dataclass(frozen=True, slots=True)
class Running:
    """An execution under way, `now` being the database's time in seconds since the epoch."""

    lease_id: str
    is_part: bool
    now: float
    job: Started


def accept_report(execution_id: str, report: Report) -> bool:
    """Does what a report asks for; False if it changed nothing.

    That is so for an execution that has ended or was lost, or is not known; so repeated and late
    reports do no harm. Lines of the log are kept only of reports that count. Waits for no one
    outside Postgres; call it outside a transaction.
    """
    if report.status is ReportStatus.PROGRESS:
        return retry_on_deadlock(lambda: _go_on(execution_id, report))
    try:
        accepted = retry_on_deadlock(lambda: _end(execution_id, report, None))
    except DataError as error:
        refusal = error
        accepted = retry_on_deadlock(lambda: _end(execution_id, report, refusal))
    if accepted:
        wake.slots_came_free()
    return accepted


def _end(execution_id: str, report: Report, refusal: DataError | None) -> bool:
    with connection.cursor() as cursor:
        running = _find(cursor, execution_id)
        if running is None:
            return False
        limit = settings.CELERIAC["RESULT_MAX_BYTES"]
        if refusal:
            ending = refused(running.job, refusal)
        else:
            ending = ending_of(running.job, report, result_max_bytes=limit)
        if not _record(cursor, running, ending):
            return False
        store.append(cursor, execution_id, report.logs)
        return True


def _record(cursor: Cursor, running: Running, ending: Ending) -> bool:
    started_at, job = running.job.now, running.job
    outcome = Outcome(
        job.job_id,
        job.execution_id,
        ending.state,
        started_at,
        running.now,
        ending.result,
        ending.error,
        ending.delay,
    )
    tally = Tally(1, running.now - started_at)
    if running.is_part:
        return leases.parts.record(cursor, running.lease_id, outcome, tally)
    return bool(leases.record(cursor, running.lease_id, [outcome], tally))


def _go_on(execution_id: str, report: Report) -> bool:
    with connection.cursor() as cursor:
        found = _find(cursor, execution_id)
        if found is None:
            return False
        # The job's lock comes before those of executions, and lets one report in at a time.
        lifecycle.lock(cursor, [found.job.job_id])
        if not is_news(report, _known(cursor, execution_id, len(report.logs))):
            return False
        if not leases.heard_of(cursor, execution_id, report.sequence):
            return False
        told = report.progress
        if told and not found.is_part:
            placed = Placed(found.job.job_id, execution_id)
            lifecycle.report_progress(cursor, placed, told.fraction, told.message)
        store.append(cursor, execution_id, report.logs)
        return True


def _find(cursor: Cursor, execution_id: str) -> Running | None:
    """The execution if it is under way, its job's attempt being that of the execution."""
    cursor.execute(
        """
        SELECT lease.id::text, execution.kind <> 'whole', extract(epoch FROM now())::float8,
               job.id::text, execution.id::text, job.type, '', execution.attempt,
               job.max_attempts, job.timeout, job.cancel_requested_at IS NOT NULL,
               extract(epoch FROM execution.started_at)::float8, job.retry::text
          FROM executors_execution execution
          JOIN jobs_job job ON job.id = execution.job_id
          JOIN executors_lease lease ON lease.id = execution.lease_id
         WHERE execution.id = %s AND execution.state = 'running' AND lease.state = 'claimed'
           AND (job.execution_id = execution.id OR execution.kind <> 'whole')
        """,
        (execution_id,),
    )
    row = cursor.fetchone()
    return Running(row[0], row[1], row[2], Started(*row[3:])) if row else None


def _known(cursor: Cursor, execution_id: str, line_count: int) -> Known:
    """What is known of an execution; of a part no progress, as the job's is that of all parts."""
    cursor.execute(
        """
        SELECT execution.sequence,
               CASE WHEN execution.kind = 'whole' THEN (job.progress->>'fraction')::float8 END,
               job.progress->>'message',
               ARRAY(SELECT text FROM executors_logline line
                      WHERE line.execution_id = execution.id
                      ORDER BY place DESC LIMIT %s)
          FROM executors_execution execution
          JOIN jobs_job job ON job.id = execution.job_id
         WHERE execution.id = %s
        """,
        (line_count, execution_id),
    )
    sequence, fraction, message, lines = cursor.fetchall()[0]
    progress = None if fraction is None else Progress(fraction, message)
    return Known(sequence, progress, lines[::-1])
