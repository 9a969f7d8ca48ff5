"""Rows of files."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from jobs.ids import uuid7


class Artifact(models.Model):
    """A file that payloads and results refer to by its id."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to="%Y/%m/%d", max_length=300)
    job_id = models.UUIDField(null=True, blank=True, help_text="The job that made it, if one did.")
    created_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["job_id"], name="jobs_artifact_job", condition=Q(job_id__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return self.name
