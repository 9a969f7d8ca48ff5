"""Rows of the integers that XXL-JOB calls jobs and runs by."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class XxlJob(models.Model):
    """XXL-JOB's `jobId`: one for each task, or for each group and handler of jobs of no task."""

    id = models.AutoField(primary_key=True)
    subject = models.CharField(max_length=400, unique=True, help_text="task:ID or GROUP/HANDLER.")

    class Meta:
        verbose_name = "XXL-JOB job"

    def __str__(self) -> str:
        return f"{self.id} is {self.subject}"


class XxlRun(models.Model):
    """XXL-JOB's `logId`: one for each execution; and how much of its log has been pulled."""

    id = models.BigAutoField(primary_key=True)
    execution_id = models.UUIDField(unique=True)
    job = models.ForeignKey(XxlJob, on_delete=models.CASCADE, related_name="runs")
    started_at = models.DateTimeField(db_default=Now(), help_text="The logDateTime it was told.")
    log_line = models.IntegerField(default=0, help_text="Lines of its log that were pulled.")
    log_pulled_at = models.DateTimeField(null=True, blank=True)
    log_ended = models.BooleanField(default=False)

    class Meta:
        verbose_name = "XXL-JOB run"
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["id"], name="executors_xxlrun_open_log", condition=Q(log_ended=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} is execution {self.execution_id}"
