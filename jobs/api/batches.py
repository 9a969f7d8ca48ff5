"""Steers many jobs at once, as `actions` does one; those whose state does not allow it are left
alone. Each call is a transaction, or a part of the caller's."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, transaction

from jobs import lifecycle
from jobs.errors import JobNotFound, NotFinished
from jobs.sql import retry_on_deadlock
from jobs.wake import jobs_ended, wake_dispatcher

# Robust: what was done is stored by then, and the dispatcher looks by itself now and then.


def cancel(ids: Sequence[str], actor: str) -> dict[str, str]:
    """Cancels what waits, and asks what runs to stop: `cancelled` or `requested`, by id."""

    def work() -> dict[str, str]:
        transaction.on_commit(jobs_ended, robust=True)
        with connection.cursor() as cursor:
            return lifecycle.cancel(cursor, ids, actor)

    return retry_on_deadlock(work)


def retry(ids: Sequence[str], actor: str) -> list[str]:
    """Submits a copy of each finished job; the ids of the copies."""

    def work() -> list[str]:
        transaction.on_commit(wake_dispatcher, robust=True)
        return [copy for job_id in ids if (copy := _retry(job_id, actor))]

    return retry_on_deadlock(work)


def set_priority(ids: Sequence[str], priority: int, actor: str) -> list[str]:
    """Changes the priority of those that wait; their ids."""

    def work() -> list[str]:
        with connection.cursor() as cursor:
            return lifecycle.set_priority(cursor, ids, priority, actor)

    return retry_on_deadlock(work)


def _retry(job_id: str, actor: str) -> str | None:
    try:
        with connection.cursor() as cursor:
            return lifecycle.retry(cursor, job_id, actor).id
    except (JobNotFound, NotFinished):
        return None
