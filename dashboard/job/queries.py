"""What the page of a job reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Q

from executors.models import Execution
from jobs import types
from jobs.api import queries
from jobs.errors import UnknownJobType
from jobs.ids import is_uuid, lowest_uuid7
from jobs.models import Artifact, Job
from jobs.timelimit import TookTooLong
from scheduling.explaining import spending
from scheduling.explaining.answer import Explanation
from scheduling.explaining.explain import explain
from scheduling.explaining.reading import rows
from scheduling.explaining.scene import History
from scheduling.explaining.spending import Span
from scheduling.models import Task

EVENTS = 200
FILES = 50
RELATIVES = 20
SOON = timedelta(days=1)
"""Within which the end of a job triggers other tasks: at once, or when a dispatcher is back."""


@dataclass(frozen=True, slots=True)
class Life:
    """What a job did from its creation to its end, or to now."""

    course: Sequence[Span]
    history: History
    end: datetime


def life(job_id: str | UUID) -> Life:
    """The course of a job and its executions; raises `JobNotFound`."""
    with transaction.atomic(), connection.cursor() as cursor:
        subject, now = rows.read_job(cursor, str(job_id))
        history = rows.read_history(cursor, subject.id)
    end = max(subject.completed_at or now, subject.created_at)
    return Life(spending.course(subject, history, end), history, end)


def explanation(job_id: str | UUID) -> Explanation | None:
    """Why it waits, when it ends, or where its time went; None where Postgres is too busy."""
    try:
        return explain(job_id)
    except TookTooLong:
        return None


def last_lease(job_id: str | UUID) -> UUID | None:
    """The last lease that the job was in: the id of its Celery message, too."""
    placed = Execution.objects.filter(job_id=job_id, lease__isnull=False)
    return placed.order_by("-id").values_list("lease_id", flat=True).first()


def kind_of(job: dict[str, Any]) -> types.JobType | None:
    """The type of a job, which may be registered no more."""
    try:
        return types.get(job["type"])
    except UnknownJobType:
        return None


def is_token(name: str) -> bool:
    """Whether this is no person but a program, which acts by a token of this name."""
    user = User.objects.filter(username=name).first() if name else None
    return user is not None and not user.has_usable_password()


def events(job_id: str | UUID) -> list[dict[str, Any]]:
    """What was out of the ordinary, the oldest first."""
    return list(queries.events(job_id).order_by("id")[:EVENTS])


def files(job: dict[str, Any]) -> list[Artifact]:
    """The artifacts that the job made, and those that its payload and its result name."""
    named = {UUID(text) for part in ("payload", "result") for text in _ids(job[part])}
    found = Artifact.objects.filter(Q(job_id=job["id"]) | Q(id__in=sorted(named)[:FILES]))
    return list(found.order_by("id")[:FILES])


def _ids(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if is_uuid(value):
            yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _ids(item)


@dataclass(frozen=True, slots=True)
class Relatives:
    """Jobs and a task that have to do with the job: `copies` repeat it, it triggered `children`."""

    task: str | None
    copies: Sequence[dict[str, Any]]
    children: Sequence[dict[str, Any]]


def relatives(job: dict[str, Any]) -> Relatives:
    """What has to do with a job beyond what its row names."""
    task = Task.objects.select_related("periodic_task").filter(id=job["task"]).first()
    copies = Job.objects.filter(retry_of=job["id"])
    return Relatives(task.name if task else None, _brief(copies), _children(job, task))


def _children(job: dict[str, Any], task: Task | None) -> list[dict[str, Any]]:
    """The jobs that its end triggered. No index names parents, but that of tasks leads there."""
    links = [link for link in (task and task.on_success_id, task and task.on_failure_id) if link]
    if not links or job["completed_at"] is None:
        return []
    first = lowest_uuid7(job["created_at"].timestamp())
    last = lowest_uuid7((job["completed_at"] + SOON).timestamp())
    near = Job.objects.filter(task_id__in=links, id__gte=first, id__lt=last)
    return _brief(near.filter(parent_id=job["id"]))


def _brief(jobs: Any) -> list[dict[str, Any]]:
    rows: Iterable[dict[str, Any]] = jobs.order_by("id").values(
        "id", "name", "type", "status", "created_at"
    )[:RELATIVES]
    return list(rows)
