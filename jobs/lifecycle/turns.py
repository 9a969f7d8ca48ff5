"""How jobs of one task that run one at a time come to their turn."""

from __future__ import annotations

from collections.abc import Iterable

from jobs.sql import Cursor, array
from jobs.states import sources


def take_turn(cursor: Cursor, ids: Iterable[str]) -> list[str]:
    """Queues jobs that waited for others of their task; the ids of those it queued."""
    cursor.execute(
        """
        WITH next AS (
            SELECT id FROM jobs_job
             WHERE id = ANY(%s::uuid[]) AND status = ANY(%s) ORDER BY id FOR UPDATE
        )
        UPDATE jobs_job job SET status = 'queued', turn = NULL,
               available_at = GREATEST(now(), job.created_at)
          FROM next WHERE job.id = next.id
        RETURNING job.id::text
        """,
        (array(ids), sources("take_turn")),
    )
    return [row[0] for row in cursor.fetchall()]


def note_followed(cursor: Cursor, ids: Iterable[str]) -> None:
    """What was to follow the ends of these jobs has followed."""
    cursor.execute("UPDATE jobs_job SET follow_up = NULL WHERE id = ANY(%s::uuid[])", (array(ids),))
