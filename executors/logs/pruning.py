"""Removes the logs of old jobs."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection

from jobs.sql import Cursor, array

BATCH = 20_000
"""Lines removed by one statement, which is a transaction by itself."""


def prune_ahead(status: str, older_than: timedelta, limit: int) -> None:
    """Removes the lines of up to `limit` jobs that became final in `status` longer ago than that.

    A few jobs may have millions of lines, too many for the transaction that removes the jobs.
    """
    with connection.cursor() as cursor:
        jobs = _old_jobs_with_logs(cursor, status, older_than, limit)
        while jobs:
            cursor.execute(
                """
                DELETE FROM executors_logline
                 WHERE (job_id, number) IN (SELECT job_id, number FROM executors_logline
                                             WHERE job_id = ANY(%s::uuid[]) LIMIT %s)
                """,
                (array(jobs), BATCH),
            )
            if cursor.rowcount < BATCH:
                break


def remove(cursor: Cursor, jobs: list[str]) -> None:
    """Removes what there is of the logs of these jobs; nothing of them can be written after it."""
    cursor.execute("DELETE FROM executors_joblog WHERE job_id = ANY(%s::uuid[])", (array(jobs),))
    if cursor.rowcount:
        cursor.execute(
            "DELETE FROM executors_logline WHERE job_id = ANY(%s::uuid[])", (array(jobs),)
        )


def _old_jobs_with_logs(
    cursor: Cursor, status: str, older_than: timedelta, limit: int
) -> list[str]:
    cursor.execute(
        """
        SELECT log.job_id::text
          FROM executors_joblog log
          JOIN (SELECT id FROM jobs_job
                 WHERE status = %s AND completed_at < now() - %s
                 ORDER BY completed_at LIMIT %s) old ON old.id = log.job_id
        """,
        (status, older_than, limit),
    )
    return [row[0] for row in cursor.fetchall()]
