"""What Postgres holds true of every job, whoever writes it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from jobs.models.columns import values
from jobs.states import ACTIVE, FINAL, PLACED, JobState
from jobs.wishes import OnShortage, Placing

CONSTRAINTS = [
    models.UniqueConstraint(
        fields=["unique_key"],
        name="jobs_job_unique_key",
        condition=Q(unique_key__isnull=False, is_active=True),
    ),
    models.UniqueConstraint(
        fields=["task_id", "scheduled_for"],
        name="jobs_job_tick",
        condition=Q(task_id__isnull=False, scheduled_for__isnull=False),
    ),
    models.CheckConstraint(name="jobs_job_status_known", condition=Q(status__in=values(JobState))),
    models.CheckConstraint(name="jobs_job_priority_range", condition=Q(priority__range=(0, 9))),
    models.CheckConstraint(name="jobs_job_demand", condition=Q(thread_demand__gte=1)),
    models.CheckConstraint(
        name="jobs_job_chunks", condition=Q(chunks__gte=1) & Q(chunk_count__gte=1)
    ),
    models.CheckConstraint(
        name="jobs_job_placement_known",
        condition=Q(placement__in=[p.value for p in Placing])
        & Q(on_shortage__in=[s.value for s in OnShortage]),
    ),
    models.CheckConstraint(
        name="jobs_job_final_is_completed",
        condition=Q(status__in=values(FINAL), completed_at__isnull=False)
        | Q(status__in=values(ACTIVE), completed_at__isnull=True),
    ),
    models.CheckConstraint(
        name="jobs_job_run_has_start",
        condition=~Q(status__in=values({JobState.RUNNING, JobState.COMPLETED}))
        | Q(started_at__isnull=False),
    ),
    models.CheckConstraint(
        name="jobs_job_placed_has_fence",
        condition=~Q(status__in=values(PLACED))
        | Q(execution_id__isnull=False, executor__isnull=False),
    ),
    models.CheckConstraint(
        name="jobs_job_failed_has_error",
        condition=~Q(status=JobState.FAILED.value) | Q(error__isnull=False),
    ),
]
