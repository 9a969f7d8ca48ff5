"""When each PeriodicTask is due: what beat knows of it.

Beat and the triggers in Postgres are the only writers. The rows are narrow, since ten thousand
may move every second, and apart from what people edit, so that no edit can put a time back.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django_celery_beat.models import PeriodicTask


class NextRun(models.Model):
    """The next tick of a PeriodicTask, be it of a Task or of a user's own Celery task."""

    periodic_task = models.OneToOneField(
        PeriodicTask, on_delete=models.CASCADE, primary_key=True, related_name="next_run"
    )
    at = models.DateTimeField(
        null=True, blank=True, help_text="The first tick not yet fired; null: there is none."
    )
    last_at = models.DateTimeField(null=True, blank=True, help_text="The last tick that was fired.")
    changed_at = models.DateTimeField(
        null=True, blank=True, help_text="When its schedule was changed, until beat has looked."
    )
    awaited_job_id = models.UUIDField(
        null=True, blank=True, help_text="The job whose end the next tick counts from (@after)."
    )

    class Meta:
        ordering = ["periodic_task"]
        indexes = [
            models.Index(
                fields=["at"], name="scheduling_next_run_at", condition=Q(at__isnull=False)
            ),
            models.Index(
                fields=["changed_at"],
                name="scheduling_next_run_changed",
                condition=Q(changed_at__isnull=False),
            ),
            models.Index(
                fields=["awaited_job_id"],
                name="scheduling_next_run_awaited",
                condition=Q(awaited_job_id__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="scheduling_next_run_one_reason",
                condition=Q(at__isnull=True)
                | Q(changed_at__isnull=True, awaited_job_id__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.periodic_task_id} at {self.at:%F %T}" if self.at else "no next run"


class UnsentTick(models.Model):
    """A tick of a user's own Celery task whose message is still to be sent, or being sent."""

    periodic_task = models.ForeignKey(
        PeriodicTask, on_delete=models.CASCADE, related_name="unsent_ticks", db_index=False
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(
                fields=["periodic_task", "at"], name="scheduling_unsent_tick_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.periodic_task_id} at {self.at:%F %T}"
