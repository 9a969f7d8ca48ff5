"""Rows of what was out of the ordinary in the lives of jobs."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from jobs.models.jobs import Job


class JobEvent(models.Model):
    """Something out of the ordinary in the life of a job; a normal life has none."""

    class Kind(models.TextChoices):
        """What happened."""

        RETRIED = "retried"
        LOST = "lost"
        CANCELLED = "cancelled"
        CANCEL_REQUESTED = "cancel_requested"
        PRIORITY_CHANGED = "priority_changed"

    job = models.ForeignKey(
        Job, on_delete=models.CASCADE, related_name="events", db_constraint=False
    )
    at = models.DateTimeField(db_default=Now())
    kind = models.CharField(max_length=32, choices=Kind.choices)
    actor = models.CharField(max_length=150, blank=True, help_text="A user, or empty: Celeriac.")
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%F %T}"
