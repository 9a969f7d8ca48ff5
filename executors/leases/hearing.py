"""Signs of life of executions that run out of our sight, on HTTP executors."""

from __future__ import annotations

from collections.abc import Iterable

from jobs.sql import Cursor, uuids


def note_accepted(cursor: Cursor, lease_ids: Iterable[str]) -> None:
    """Notes that these leases were taken by their executors, if nothing was heard of them yet."""
    cursor.execute(
        """
        UPDATE executors_lease SET accepted_at = now()
         WHERE id = ANY(%s::uuid[]) AND state = 'claimed' AND accepted_at IS NULL
        """,
        (uuids(lease_ids),),
    )


def heard_of(cursor: Cursor, execution_id: str, sequence: int | None) -> bool:
    """Notes that its executor works on it, and the number of the report that says so, if any.

    False if it does not run any more. The lease's `accepted_at` moves, as it was surely taken.
    """
    cursor.execute(
        """
        UPDATE executors_execution SET sequence = coalesce(%s, sequence)
         WHERE id = %s AND state = 'running'
        RETURNING lease_id::text
        """,
        (sequence, execution_id),
    )
    row = cursor.fetchone()
    if row is None:
        return False
    cursor.execute(
        "UPDATE executors_lease SET accepted_at = now() WHERE id = %s AND state = 'claimed'", row
    )
    return True


def note_cancel_sent(cursor: Cursor, lease_ids: Iterable[str]) -> list[str]:
    """Takes it on to tell the executors of these leases to stop; of those nobody told before."""
    cursor.execute(
        """
        WITH open AS (
            SELECT id FROM executors_lease
             WHERE id = ANY(%s::uuid[]) AND state = 'claimed' AND cancel_sent_at IS NULL
             ORDER BY id FOR UPDATE SKIP LOCKED
        )
        UPDATE executors_lease lease SET cancel_sent_at = now()
          FROM open WHERE lease.id = open.id
        RETURNING lease.id::text
        """,
        (uuids(lease_ids),),
    )
    return [row[0] for row in cursor.fetchall()]


def forget_cancel_sent(cursor: Cursor, lease_ids: Iterable[str]) -> None:
    """Their executors could not be told: somebody has to try again."""
    cursor.execute(
        "UPDATE executors_lease SET cancel_sent_at = NULL WHERE id = ANY(%s::uuid[])",
        (uuids(lease_ids),),
    )
