"""Rows of calendars: times at which tasks don't run."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from jobs.ids import uuid7
from scheduling.choices import CalendarMode


class Calendar(models.Model):
    """A named set of dates and hours, such as holidays, that tasks refer to."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=200, unique=True)
    description = models.TextField(blank=True)
    timezone = models.CharField(max_length=64, default="UTC")
    mode = models.CharField(
        max_length=7,
        choices=[(m.value, m.value) for m in CalendarMode],
        default=CalendarMode.EXCLUDE,
    )
    rules = models.JSONField(default=list, help_text="Spans of dates and hours.")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="scheduling_calendar_mode_known",
                condition=Q(mode__in=[m.value for m in CalendarMode]),
            )
        ]

    def __str__(self) -> str:
        return self.name
