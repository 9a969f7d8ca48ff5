"""Uploads that no job refers to. Finding them reads every job's payload: only on request."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def find(older_than: timedelta) -> list[str]:
    """The ids of uploads, older than that, whose id stands in no job's payload."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT id::text FROM jobs_artifact
             WHERE job_id IS NULL AND created_at < now() - make_interval(secs => %s)
            EXCEPT
            SELECT named.uuid[1]
              FROM jobs_job, regexp_matches(lower(payload::text), %s, 'g') AS named (uuid)
            """,
            (older_than.total_seconds(), f"({_UUID})"),
        )
        return [row[0] for row in cursor.fetchall()]
