"""What jobs are looked up by. No index names `status`: see `columns.whether`."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

INDEXES = [
    models.Index(
        F("placement_class"),
        F("priority").desc(),
        F("available_at"),
        F("id"),
        name="jobs_job_queue",
        condition=Q(is_queued=True),
    ),
    models.Index(fields=["available_at"], name="jobs_job_due", condition=Q(is_scheduled=True)),
    models.Index(fields=["id"], name="jobs_job_active", condition=Q(is_active=True)),
    models.Index(
        fields=["completed_at"],
        name="jobs_job_completed",
        condition=Q(completed_at__isnull=False),
    ),
    models.Index(fields=["id"], name="jobs_job_error", condition=Q(error__isnull=False)),
    models.Index(
        fields=["retry_of"], name="jobs_job_retry_of", condition=Q(retry_of__isnull=False)
    ),
    models.Index(
        fields=["id"],
        name="jobs_job_chunked",
        condition=Q(chunk_count__isnull=False, is_active=True),
    ),
    models.Index(
        fields=["task_id", "id"], name="jobs_job_task", condition=Q(task_id__isnull=False)
    ),
    models.Index(
        fields=["task_id"],
        name="jobs_job_unfinished",
        condition=Q(task_id__isnull=False, is_active=True),
    ),
    models.Index(
        fields=["task_id", "turn"],
        name="jobs_job_line",
        condition=Q(turn__isnull=False, is_active=True),
    ),
    models.Index(
        fields=["completed_at"],
        name="jobs_job_follow_up",
        condition=Q(follow_up=True, completed_at__isnull=False),
    ),
]
