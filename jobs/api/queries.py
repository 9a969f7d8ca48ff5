"""Rows in the shapes of the API, as dicts: no objects are made only to be taken apart again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet
from pydantic_core import from_json

from jobs.api import shapes
from jobs.errors import JobNotFound
from jobs.models import Artifact, Job, JobEvent

Rows = QuerySet[Any, dict[str, Any]]

RENAMED = {
    "task": F("task_id"),
    "parent": F("parent_id"),
    "cancel_requested": ExpressionWrapper(
        Q(cancel_requested_at__isnull=False), output_field=BooleanField()
    ),
}


def jobs() -> Rows:
    """All jobs."""
    columns = [name for name in shapes.Job.model_fields if name not in RENAMED]
    rows: Rows = Job.objects.values(*columns, **RENAMED)
    return rows


# Written out, since Django's query builder takes longer than Postgres.
ONE_JOB = "SELECT {} FROM jobs_job WHERE id = %s".format(  # noqa: S608  (our own names)
    ", ".join(
        {
            "task": "task_id",
            "parent": "parent_id",
            "cancel_requested": "cancel_requested_at IS NOT NULL",
        }.get(name, name)
        for name in shapes.Job.model_fields
    )
)
JSON_FIELDS = ("requires", "payload", "result", "error", "progress", "retry")


def job(job_id: str | UUID) -> dict[str, Any]:
    """One job; raises `JobNotFound`."""
    with connection.cursor() as cursor:
        cursor.execute(ONE_JOB, [str(job_id)])
        row = cursor.fetchone()
    if row is None:
        raise JobNotFound(id=job_id)
    found = dict(zip(shapes.Job.model_fields, row, strict=True))
    for name in JSON_FIELDS:
        if found[name] is not None:
            found[name] = from_json(found[name])
    return found


def require_job(job_id: str | UUID) -> None:
    """Raises `JobNotFound` if there is no such job."""
    if not Job.objects.filter(id=job_id).exists():
        raise JobNotFound(id=job_id)


def events(job_id: Any) -> Rows:
    """The events of a job."""
    rows: Rows = JobEvent.objects.filter(job_id=job_id).values(*shapes.JobEvent.model_fields)
    return rows


def artifacts() -> Rows:
    """All artifacts."""
    columns = [name for name in shapes.Artifact.model_fields if name != "job"]
    rows: Rows = Artifact.objects.values(*columns, job=F("job_id"))
    return rows
