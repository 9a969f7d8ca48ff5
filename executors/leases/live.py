"""Which leases an executor has in its hands."""

from __future__ import annotations

from executors.states import LeaseState
from jobs.sql import Cursor


def live_of(cursor: Cursor, executor_id: str, *states: LeaseState) -> list[str]:
    """Ids of the leases of an executor that are in these states."""
    cursor.execute(
        "SELECT id::text FROM executors_lease WHERE executor_id = %s AND state = ANY(%s)",
        (executor_id, list(states)),
    )
    return [row[0] for row in cursor.fetchall()]
