"""Writes what was out of the ordinary in the life of a job."""

from __future__ import annotations

import json
from collections.abc import Sequence

from jobs.models import JobEvent
from jobs.sql import Cursor, array

RETRIED = JobEvent.Kind.RETRIED
LOST = JobEvent.Kind.LOST
CANCELLED = JobEvent.Kind.CANCELLED
CANCEL_REQUESTED = JobEvent.Kind.CANCEL_REQUESTED
PRIORITY_CHANGED = JobEvent.Kind.PRIORITY_CHANGED


def record(
    cursor: Cursor, kind: str, rows: Sequence[tuple[str, dict[str, object]]], actor: str = ""
) -> None:
    """Adds an event of one kind to each job: `(job's id, data)`."""
    if not rows:
        return
    cursor.execute(
        """
        INSERT INTO jobs_jobevent (job_id, kind, actor, data)
        SELECT n.job_id, %s, %s, n.data
          FROM unnest(%s::uuid[], %s::jsonb[]) AS n (job_id, data)
        """,
        (kind, actor, array(id_ for id_, _ in rows), array(json.dumps(data) for _, data in rows)),
    )
