"""Rows of backfills: spans of the past whose ticks are made into jobs, a few at a time."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from jobs.ids import uuid7
from scheduling.models.tasks import Task


class Backfill(models.Model):
    """The ticks of a task in a span of the past. Beat moves `position` on as jobs end."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="backfills")
    from_at = models.DateTimeField()
    to_at = models.DateTimeField()
    ticks = ArrayField(models.DateTimeField(), help_text="All of them, the earliest first.")
    position = models.PositiveIntegerField(
        default=0, help_text="How many of the ticks were dealt with."
    )
    existing = models.PositiveIntegerField(
        default=0, help_text="How many of those had a job already."
    )
    concurrency = models.PositiveSmallIntegerField(default=1)
    priority = models.PositiveSmallIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=150, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    cancelled = models.BooleanField(default=False)
    problem = models.JSONField(null=True, blank=True, help_text="Why it could not go on.")

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["id"],
                name="scheduling_backfill_running",
                condition=Q(ended_at__isnull=True),
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="scheduling_backfill_counts",
                condition=Q(concurrency__gte=1)
                & (Q(priority__isnull=True) | Q(priority__range=(0, 9))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_at:%F %T} to {self.to_at:%F %T}"
