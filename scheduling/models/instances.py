"""Rows of the processes that decide when and where."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from jobs.ids import uuid7


class SchedulerInstance(models.Model):
    """A dispatcher or beat process, leading or standing by."""

    class Role(models.TextChoices):
        """What the process does when it leads."""

        DISPATCHER = "dispatcher"
        BEAT = "beat"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    role = models.CharField(max_length=10, choices=Role.choices)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField(db_default=Now())
    last_beat = models.DateTimeField(db_default=Now())
    leader_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["role", "-leader_since"]

    def __str__(self) -> str:
        return f"{self.role} on {self.host} ({self.pid})"
