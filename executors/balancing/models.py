"""Rows of what load-balance strategies remember."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from jobs.wishes import LoadBalanceStrategy


class LoadBalanceState(models.Model):
    """Where a strategy stands for one task, or one job type; moved with the jobs it placed."""

    subject = models.CharField(
        max_length=110, help_text="task:ID, or type:NAME for jobs of no task."
    )
    strategy = models.CharField(
        max_length=24, choices=[(s.value, s.value) for s in LoadBalanceStrategy]
    )
    state = models.JSONField()
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["subject", "strategy"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "strategy"], name="executors_loadbalancestate_one"
            )
        ]

    def __str__(self) -> str:
        return f"{self.strategy} of {self.subject}"
