"""Signs of life of executions that run out of our sight, on HTTP executors."""

from __future__ import annotations

from jobs.sql import Cursor


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
