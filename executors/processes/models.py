"""Rows of processes."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from executors.processes.roles import ProcessRole
from jobs.ids import uuid7


class Process(models.Model):
    """A process that is no executor. `rows` writes it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    role = models.CharField(max_length=10, choices=[(r.value, r.value) for r in ProcessRole])
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField(db_default=Now())
    last_beat = models.DateTimeField(db_default=Now())
    leader_since = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(
        null=True, blank=True, help_text="When it ended by itself; the row goes a minute later."
    )

    class Meta:
        ordering = ["role", "-leader_since"]
        verbose_name_plural = "processes"

    def __str__(self) -> str:
        return f"{self.role} on {self.host} ({self.pid})"
