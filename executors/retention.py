"""Removes old final jobs with all that hangs on them, and old checks of HTTP executors.

All in batches that are short transactions.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction

from executors.logs import pruning as logs
from jobs import artifacts, cache, lifecycle
from jobs.models import Artifact
from jobs.sql import Cursor, array, uuids


def prune_once(limit: int = 1000) -> int:
    """Removes up to `limit` jobs of each final state that are past its `KEEP`; how many."""
    return sum(
        prune(status, keep, limit)
        for status, keep in settings.CELERIAC["KEEP"].items()
        if keep is not None
    )


def prune(status: str, older_than: timedelta, limit: int) -> int:
    """Removes up to `limit` jobs that became final in `status` longer ago than that; how many.

    With them go their executions, logs, events, artifacts and cache entries, and the leases
    left empty.
    """
    logs.prune_ahead(status, older_than, limit)
    with transaction.atomic(), connection.cursor() as cursor:
        jobs = lifecycle.prune(cursor, status, older_than, limit)
        if jobs:
            _remove_executions(cursor, jobs)
            logs.remove(cursor, jobs)
            cursor.execute(
                "DELETE FROM jobs_jobevent WHERE job_id = ANY(%s::uuid[])", (array(jobs),)
            )
            artifacts.remove(Artifact.objects.filter(job_id__in=jobs))
            transaction.on_commit(lambda: cache.discard(jobs))
    return len(jobs)


def prune_checks(limit: int = 1000) -> int:
    """Removes up to `limit` checks of HTTP executors that are past `KEEP_HEALTH`; how many.

    Only the first of the table are looked at, which are the oldest.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM executors_healthcheck
             WHERE id IN (SELECT id FROM executors_healthcheck ORDER BY id LIMIT %s)
               AND at < now() - make_interval(secs => %s)
            """,
            (limit, settings.CELERIAC["KEEP_HEALTH"].total_seconds()),
        )
        return int(cursor.rowcount)


def count(status: str, older_than: timedelta) -> int:
    """How many jobs became final in `status` longer ago than that."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FROM jobs_job
             WHERE status = %s AND completed_at < now() - make_interval(secs => %s)
            """,
            (status, older_than.total_seconds()),
        )
        row = cursor.fetchone()
    return row[0] if row else 0


def _remove_executions(cursor: Cursor, jobs: list[str]) -> None:
    cursor.execute(
        """
        DELETE FROM executors_execution WHERE job_id = ANY(%s::uuid[])
        RETURNING lease_id::text, id::text
        """,
        (array(jobs),),
    )
    removed = cursor.fetchall()
    leases = array({lease for lease, _ in removed})
    cursor.execute(
        "DELETE FROM executors_xxlrun WHERE execution_id = ANY(%s::uuid[])",
        (uuids(execution for _, execution in removed),),
    )
    # Two batches may share a lease. Each locks it after removing its own executions, and looks
    # for others only then: so the later of the two sees that the lease is empty.
    cursor.execute(
        "SELECT FROM executors_lease WHERE id = ANY(%s::uuid[]) ORDER BY id FOR UPDATE", (leases,)
    )
    cursor.execute(
        """
        DELETE FROM executors_lease lease
         WHERE id = ANY(%s::uuid[]) AND closed_at IS NOT NULL
           AND NOT EXISTS (SELECT FROM executors_execution WHERE lease_id = lease.id)
        """,
        (leases,),
    )
