"""Rows of tasks: definitions that make jobs again and again.

A Task's name, its description, whether it is enabled, and a schedule that django-celery-beat can
show live in the PeriodicTask that it owns and nowhere else, so that an edit there is an edit of
the Task. `scheduling.defining.timing` reads the schedule from either place.
"""

from __future__ import annotations

from datetime import datetime

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django_celery_beat.models import PeriodicTask

from executors.models import Executor
from jobs.ids import uuid7
from jobs.wishes import LoadBalanceStrategy, OnShortage, Placing
from scheduling.choices import CalendarPolicy, ExecutionMode, MisfirePolicy
from scheduling.models.calendars import Calendar


class Task(models.Model):
    """A named definition that makes jobs again and again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    periodic_task = models.OneToOneField(
        PeriodicTask, on_delete=models.CASCADE, related_name="celeriac_task"
    )

    cron_expression = models.CharField(
        max_length=200,
        null=True,
        blank=True,
        help_text="A schedule that its periodic task can't show; null: as shown there, or none.",
    )
    timezone = models.CharField(
        max_length=64, null=True, blank=True, help_text="Of that cron expression."
    )
    start_at = models.DateTimeField(null=True, blank=True, help_text="No tick before.")
    end_at = models.DateTimeField(null=True, blank=True, help_text="No tick from then on.")
    calendar = models.ForeignKey(
        Calendar, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks"
    )
    calendar_policy = models.CharField(
        max_length=4,
        choices=[(p.value, p.value) for p in CalendarPolicy],
        default=CalendarPolicy.SKIP,
    )
    misfire_policy = models.CharField(
        max_length=9,
        choices=[(p.value, p.value) for p in MisfirePolicy],
        default=MisfirePolicy.FIRE_ONCE,
    )
    misfire_grace = models.FloatField(
        null=True, blank=True, help_text="Seconds after which a tick is late; null: as usual."
    )
    misfire_limit = models.PositiveSmallIntegerField(
        default=100, help_text="Ticks that fire_all fires at most."
    )

    type = models.CharField(max_length=100)
    payload = models.JSONField()
    priority = models.PositiveSmallIntegerField(
        default=5, validators=[MinValueValidator(0), MaxValueValidator(9)]
    )
    thread_demand = models.PositiveSmallIntegerField(default=1)
    chunks = models.PositiveSmallIntegerField(null=True, blank=True)
    placement = models.CharField(
        max_length=6, choices=[(p.value, p.value) for p in Placing], default=Placing.SPREAD
    )
    on_shortage = models.CharField(
        max_length=7, choices=[(s.value, s.value) for s in OnShortage], default=OnShortage.SINGLE
    )
    max_attempts = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Null: as the job type says."
    )
    timeout = models.FloatField(
        null=True, blank=True, help_text="Seconds; null: as the job type says."
    )
    requires = models.JSONField(
        default=dict, blank=True, help_text="Labels that an executor must have."
    )
    executor_group = models.CharField(max_length=100, null=True, blank=True)
    handler = models.CharField(
        max_length=200, null=True, blank=True, help_text="What an HTTP executor calls it."
    )
    load_balance_strategy = models.CharField(
        max_length=24,
        choices=[(s.value, s.value) for s in LoadBalanceStrategy],
        default=LoadBalanceStrategy.LEAST_LOADED.value,
    )

    execution_mode = models.CharField(
        max_length=10,
        choices=[(m.value, m.value) for m in ExecutionMode],
        default=ExecutionMode.PARALLEL,
    )
    max_pending = models.PositiveSmallIntegerField(
        default=100, help_text="Jobs that may wait in sequential mode; further ticks are dropped."
    )
    retry_policy = models.JSONField(null=True, blank=True, help_text="Null: as usual.")
    on_success = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    on_failure = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    pause_after_failures = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Failed jobs in a row after which it pauses itself."
    )
    pause_reason = models.JSONField(
        null=True, blank=True, help_text="Why it last paused itself; of interest while disabled."
    )
    failures = models.PositiveIntegerField(default=0, help_text="Failed jobs in a row.")

    problem = models.JSONField(
        null=True, blank=True, help_text="Why its last tick could not be made into a job."
    )
    checked_schema = models.CharField(
        max_length=64, blank=True, help_text="The payload fits the type's schema of this digest."
    )
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(auto_now=True)
    created_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="scheduling_task_has_timezone",
                condition=Q(cron_expression__isnull=True) | Q(timezone__isnull=False),
            ),
            models.CheckConstraint(
                name="scheduling_task_ends_after_start",
                condition=Q(start_at__isnull=True)
                | Q(end_at__isnull=True)
                | Q(end_at__gt=F("start_at")),
            ),
            models.CheckConstraint(
                name="scheduling_task_priority_range", condition=Q(priority__range=(0, 9))
            ),
            models.CheckConstraint(
                name="scheduling_task_counts",
                condition=Q(thread_demand__gte=1)
                & (Q(chunks__isnull=True) | Q(chunks__gte=1))
                & Q(misfire_limit__gte=1)
                & (Q(max_attempts__isnull=True) | Q(max_attempts__gte=1))
                & (Q(pause_after_failures__isnull=True) | Q(pause_after_failures__gte=1)),
            ),
            models.CheckConstraint(
                name="scheduling_task_seconds",
                condition=(Q(timeout__isnull=True) | Q(timeout__gt=0))
                & (Q(misfire_grace__isnull=True) | Q(misfire_grace__gte=0)),
            ),
            models.CheckConstraint(
                name="scheduling_task_choices_known",
                condition=Q(execution_mode__in=[m.value for m in ExecutionMode])
                & Q(misfire_policy__in=[p.value for p in MisfirePolicy])
                & Q(calendar_policy__in=[p.value for p in CalendarPolicy])
                & Q(placement__in=[p.value for p in Placing])
                & Q(on_shortage__in=[s.value for s in OnShortage])
                & Q(load_balance_strategy__in=[s.value for s in LoadBalanceStrategy]),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Unique among all periodic tasks."""
        return str(self.periodic_task.name)

    @property
    def description(self) -> str:
        """For people."""
        return str(self.periodic_task.description)

    @property
    def enabled(self) -> bool:
        """Whether it has ticks; it can be triggered in any case."""
        return bool(self.periodic_task.enabled)

    @property
    def next_run_at(self) -> datetime | None:
        """Its next tick, once beat has worked it out."""
        at: datetime | None = self.periodic_task.next_run.at
        return at

    @property
    def last_run_at(self) -> datetime | None:
        """The last tick that was fired."""
        at: datetime | None = self.periodic_task.next_run.last_at
        return at


class TaskExecutor(models.Model):
    """A task may run on this HTTP executor; with which priority and weight among the others."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="links")
    executor = models.ForeignKey(Executor, on_delete=models.CASCADE, related_name="task_links")
    priority = models.SmallIntegerField(default=0, help_text="Higher goes first.")
    weight = models.SmallIntegerField(null=True, blank=True, help_text="Null: the executor's own.")

    class Meta:
        ordering = ["task", "-priority", "executor"]
        constraints = [
            models.UniqueConstraint(fields=["task", "executor"], name="scheduling_taskexecutor_one")
        ]

    def __str__(self) -> str:
        return f"{self.task} on {self.executor}"
