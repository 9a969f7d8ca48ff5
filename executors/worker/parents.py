"""Reads the job whose end triggered another one, for the handler that asks for it."""

from __future__ import annotations

from django.db import connection

from jobs.context import Parent
from jobs.models import Job


def read_parent(parent_id: str) -> Parent | None:
    """The job of that id; None if it was pruned.

    Not read patiently, as outcomes are written: a handler's time limit counts here too, and an
    attempt that finds the database away is repeated.
    """
    try:
        return _read(parent_id)
    except BaseException:
        connection.close()  # what broke off may have left an answer in it
        raise


def _read(parent_id: str) -> Parent | None:
    job = Job.objects.only("task_id", "status", "result", "error").filter(pk=parent_id).first()
    if job is None:
        return None
    task_id = str(job.task_id) if job.task_id else None
    return Parent(str(job.pk), task_id, job.status, job.result, job.error)
