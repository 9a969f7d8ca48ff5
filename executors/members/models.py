"""Rows of HTTP executors: how each is reached and checked, and what the checks found."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Member(models.Model):
    """What an Executor that is reached over HTTP has beyond others: an instance of a group.

    Times are in seconds. `checks_failed` and `checks_passed` are in a row.
    """

    executor = models.OneToOneField(
        "executors.Executor", on_delete=models.CASCADE, primary_key=True, related_name="member"
    )
    group = models.CharField(max_length=100)
    instance_id = models.CharField(max_length=200, help_text="Unique in its group.")
    base_url = models.CharField(max_length=500)
    health_check_url = models.CharField(
        max_length=500, null=True, blank=True, help_text="Null: only its heartbeats tell."
    )
    health_interval = models.FloatField(default=30.0)
    health_timeout = models.FloatField(default=5.0)
    heartbeat_timeout = models.FloatField(
        null=True, blank=True, help_text="Silence after which it is offline; null: it may be mute."
    )
    failure_threshold = models.SmallIntegerField(default=3, validators=[MinValueValidator(1)])
    success_threshold = models.SmallIntegerField(default=1, validators=[MinValueValidator(1)])
    require_signature = models.BooleanField(default=False)
    secret_version = models.SmallIntegerField(default=1, help_text="Its secret is derived of it.")

    next_check_at = models.DateTimeField(null=True, blank=True, help_text="Null: none is due.")
    checks_failed = models.IntegerField(default=0)
    checks_passed = models.IntegerField(default=0)
    shut = models.BooleanField(
        default=False, help_text="Set offline by a person or by itself: checks don't bring it back."
    )
    busy_until = models.DateTimeField(
        null=True, blank=True, help_text="It said that it is busy, or failed: nothing until then."
    )
    refusals = models.IntegerField(default=0, help_text="Hand-overs in a row that it did not take.")
    busy_with = models.JSONField(
        null=True,
        blank=True,
        help_text="By a task's id: until when it gets none of its jobs, after how many refusals.",
    )
    left_at = models.DateTimeField(
        null=True, blank=True, help_text="When it last signed off; it may have come back since."
    )
    registered_at = models.DateTimeField(db_default=Now())
    registered_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["group", "instance_id"]
        indexes = [models.Index(fields=["next_check_at"], name="executors_member_due")]
        constraints = [
            models.UniqueConstraint(
                fields=["group", "instance_id"], name="executors_member_instance"
            ),
            models.CheckConstraint(
                name="executors_member_positive",
                condition=Q(
                    health_interval__gt=0,
                    health_timeout__gt=0,
                    failure_threshold__gte=1,
                    success_threshold__gte=1,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group}/{self.instance_id}"


class HealthCheck(models.Model):
    """One look at an HTTP executor."""

    executor = models.ForeignKey(
        "executors.Executor", on_delete=models.CASCADE, related_name="health_checks"
    )
    at = models.DateTimeField(db_default=Now())
    healthy = models.BooleanField()
    seconds = models.FloatField(null=True, blank=True, help_text="Until its answer.")
    detail = models.CharField(max_length=300, blank=True, help_text="What was wrong.")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["executor", "-id"], name="executors_healthcheck_history")]

    def __str__(self) -> str:
        return "healthy" if self.healthy else self.detail
