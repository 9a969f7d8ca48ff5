"""Stores checked jobs and steers stored ones, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from jobs import lifecycle
from jobs.api import queries
from jobs.errors import NotCancellable, NotWaiting
from jobs.sql import retry_on_deadlock
from jobs.submission import NewJob, Submitted
from jobs.wake import jobs_ended, wake_dispatcher


def submit(jobs: Sequence[NewJob]) -> list[Submitted]:
    """Stores all of them or none, and wakes the dispatcher."""

    def store() -> list[Submitted]:
        _wake_after_commit()
        with connection.cursor() as cursor:
            return lifecycle.submit(cursor, jobs)

    return retry_on_deadlock(store)


def retry(job_id: str, actor: str) -> Submitted:
    """Submits a job like a finished one; raises `JobNotFound` or `NotFinished`."""

    def copy() -> Submitted:
        _wake_after_commit()
        with connection.cursor() as cursor:
            return lifecycle.retry(cursor, job_id, actor)

    return retry_on_deadlock(copy)


def cancel(job_id: str, actor: str) -> dict[str, Any]:
    """The job, cancelled or asked to stop; raises `JobNotFound` or `NotCancellable`."""

    def stop() -> dict[str, str]:
        transaction.on_commit(jobs_ended, robust=True)
        with connection.cursor() as cursor:
            return lifecycle.cancel(cursor, [job_id], actor)

    fates = retry_on_deadlock(stop)
    job = queries.job(job_id)
    if job_id not in fates:
        raise NotCancellable(status=job["status"])
    return job


def set_priority(job_id: str, priority: int, actor: str) -> dict[str, Any]:
    """The job with its new priority; raises `JobNotFound` or `NotWaiting`."""

    def change() -> list[str]:
        with connection.cursor() as cursor:
            return lifecycle.set_priority(cursor, [job_id], priority, actor)

    changed = retry_on_deadlock(change)
    job = queries.job(job_id)
    if not changed:
        raise NotWaiting(status=job["status"])
    return job


def _wake_after_commit() -> None:
    # Robust: the jobs are stored by then, and the dispatcher looks by itself now and then.
    transaction.on_commit(wake_dispatcher, robust=True)
