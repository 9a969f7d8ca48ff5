"""Jobs of tasks, made and ended, for tests of what follows their ends."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from jobs.models import Job
from jobs.states import JobState
from scheduling import firing
from scheduling.following import follow
from scheduling.models import Task
from tests.support.tasks import make_task


def make(name: str = "it", **fields: Any) -> Task:
    return make_task(name, None, **fields)


def trigger(cursor: Any, task: Task) -> Job:
    return Job.objects.get(id=firing.trigger(cursor, str(task.pk)).id)


def end(job: Job, status: str = JobState.COMPLETED) -> None:
    """As if it had run."""
    error = {"code": "failed", "message": "It went wrong."} if status == JobState.FAILED else None
    now = timezone.now()
    Job.objects.filter(id=job.id).update(
        status=status, started_at=now, completed_at=now, error=error
    )


def run_all(cursor: Any, status: str = JobState.COMPLETED, limit: int = 200) -> int:
    """Ends whatever is queued, and follows, until nothing is left; how many jobs ended."""
    for ended in range(limit):
        job = Job.objects.filter(status=JobState.QUEUED).order_by("id").first()
        if job:
            end(job, status)
        if not follow(cursor, 10).done and not job:
            return ended
    raise AssertionError("it goes on and on")


def states(task: Task) -> list[str]:
    rows = Job.objects.filter(task_id=task.pk).order_by("created_at", "id")
    return [job.status for job in rows]
