"""Rows of jobs."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now

from jobs.ids import uuid7
from jobs.models.columns import seconds_between, whether
from jobs.models.constraints import CONSTRAINTS
from jobs.models.indexes import INDEXES
from jobs.states import ACTIVE, JobState
from jobs.wishes import LoadBalanceStrategy, OnShortage, Placing


class Job(models.Model):
    """One request to run one typed payload."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    type = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    status = models.CharField(
        max_length=9, choices=[(s.value, s.value) for s in JobState], default=JobState.QUEUED.value
    )
    priority = models.PositiveSmallIntegerField(
        default=5, validators=[MinValueValidator(0), MaxValueValidator(9)]
    )
    thread_demand = models.PositiveSmallIntegerField(default=1)
    chunks = models.SmallIntegerField(
        null=True, blank=True, help_text="Chunks asked for; the thread demand if that is more."
    )
    placement = models.CharField(
        max_length=6,
        choices=[(p.value, p.value) for p in Placing],
        db_default=Placing.SPREAD.value,
    )
    on_shortage = models.CharField(
        max_length=7,
        choices=[(s.value, s.value) for s in OnShortage],
        db_default=OnShortage.SINGLE.value,
    )
    requires = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        blank=True,
        help_text="Labels that an executor must have.",
    )
    load_balance_strategy = models.CharField(
        max_length=24,
        choices=[(s.value, s.value) for s in LoadBalanceStrategy],
        null=True,
        blank=True,
        help_text="How one of several executors is chosen; null: as its type says.",
    )
    routing_key = models.CharField(
        max_length=200, null=True, blank=True, help_text="What consistent hashing hashes."
    )
    external = models.JSONField(
        null=True,
        blank=True,
        help_text="What HTTP executors are told of its task: name, handler, execution mode.",
    )
    placement_class = models.CharField(
        max_length=160, editable=False, help_text="Jobs of one class are alike to placement."
    )
    chunk_count = models.SmallIntegerField(
        null=True, blank=True, help_text="Chunks that it was split into; null: it runs whole."
    )
    width = models.SmallIntegerField(
        null=True, blank=True, help_text="Chunks that may run at once, where it was split."
    )

    payload = models.JSONField()
    result = models.JSONField(null=True, blank=True)
    error = models.JSONField(null=True, blank=True)
    progress = models.JSONField(null=True, blank=True)

    attempt = models.PositiveSmallIntegerField(
        default=0, help_text="Attempts that count: one lost without fault of the job does not."
    )
    max_attempts = models.PositiveSmallIntegerField(default=3)
    timeout = models.FloatField(null=True, blank=True, help_text="Seconds.")
    retry = models.JSONField(
        null=True, blank=True, help_text="When a failed attempt is followed; null: as usual."
    )
    isolated = models.BooleanField(
        default=False, help_text="Lost once in a batch, so it runs alone from now on."
    )
    unique_key = models.CharField(max_length=200, null=True, blank=True)
    retry_of = models.UUIDField(null=True, blank=True)
    task_id = models.UUIDField(null=True, blank=True)
    scheduled_for = models.DateTimeField(null=True, blank=True)
    parent_id = models.UUIDField(
        null=True, blank=True, help_text="The job whose end triggered this one."
    )
    depth = models.SmallIntegerField(
        null=True, blank=True, help_text="Jobs before it in its chain; null: none."
    )
    turn = models.BigIntegerField(
        null=True, blank=True, help_text="Its place in its task's line, as long as it is waiting."
    )
    follow_up = models.BooleanField(
        null=True, blank=True, help_text="Whether something is to be done when it has ended."
    )
    submitted_by = models.CharField(max_length=150, blank=True)

    execution_id = models.UUIDField(
        null=True, blank=True, help_text="The execution that may report an outcome: the fence."
    )
    executor = models.CharField(max_length=200, null=True, blank=True)

    created_at = models.DateTimeField(db_default=Now())
    run_at = models.DateTimeField(null=True, blank=True)
    available_at = models.DateTimeField(
        db_default=Now(), help_text="From when it may be placed; a retry delay moves it."
    )
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)

    is_queued = whether(JobState.QUEUED)
    is_scheduled = whether(JobState.SCHEDULED)
    is_active = whether(*ACTIVE)

    queue_time = seconds_between("available_at", "started_at")
    execution_time = seconds_between("started_at", "completed_at")
    total_time = seconds_between("created_at", "completed_at")

    class Meta:
        ordering = ["-id"]
        indexes = INDEXES
        constraints = CONSTRAINTS

    def __str__(self) -> str:
        return f"{self.name} ({self.id})"
