"""Rows of jobs, of what was out of the ordinary in their lives, and of their files.

`lifecycle` alone writes a Job's state.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from jobs.ids import uuid7
from jobs.states import ACTIVE, FINAL, PLACED, JobState
from jobs.wishes import LoadBalanceStrategy, OnShortage, Placing


def _values(states: Iterable[JobState]) -> list[str]:
    """The states as migrations keep them: plain text, in one order."""
    return sorted(state.value for state in states)


def _seconds_between(earlier: str, later: str) -> models.GeneratedField:
    """A column that Postgres keeps: seconds from one timestamp to another, null until both are."""
    return models.GeneratedField(
        expression=models.Func(
            F(later) - F(earlier),
            function="date_part",
            template="%(function)s('epoch', %(expressions)s)",
            output_field=models.FloatField(),
        ),
        output_field=models.FloatField(),
        db_persist=True,
    )


def _whether(*states: JobState) -> models.GeneratedField:
    """A column that Postgres keeps: whether the job is in one of these states.

    Indexes say `WHERE is_queued` and never name `status` itself, so that the frequent moves
    (start, finish) change nothing that is indexed and Postgres can make them in place (HOT).
    """
    return models.GeneratedField(
        expression=models.ExpressionWrapper(
            Q(status__in=_values(states)),
            output_field=models.BooleanField(),
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )


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

    is_queued = _whether(JobState.QUEUED)
    is_scheduled = _whether(JobState.SCHEDULED)
    is_active = _whether(*ACTIVE)

    queue_time = _seconds_between("available_at", "started_at")
    execution_time = _seconds_between("started_at", "completed_at")
    total_time = _seconds_between("created_at", "completed_at")

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                F("placement_class"),
                F("priority").desc(),
                F("available_at"),
                F("id"),
                name="jobs_job_queue",
                condition=Q(is_queued=True),
            ),
            models.Index(
                fields=["available_at"], name="jobs_job_due", condition=Q(is_scheduled=True)
            ),
            models.Index(fields=["id"], name="jobs_job_active", condition=Q(is_active=True)),
            models.Index(
                fields=["completed_at"],
                name="jobs_job_completed",
                condition=Q(completed_at__isnull=False),
            ),
            models.Index(fields=["id"], name="jobs_job_error", condition=Q(error__isnull=False)),
            models.Index(
                fields=["retry_of"], name="jobs_job_retry_of", condition=Q(retry_of__isnull=False)
            ),
            models.Index(
                fields=["id"],
                name="jobs_job_chunked",
                condition=Q(chunk_count__isnull=False, is_active=True),
            ),
            models.Index(
                fields=["task_id", "id"], name="jobs_job_task", condition=Q(task_id__isnull=False)
            ),
            models.Index(
                fields=["task_id"],
                name="jobs_job_unfinished",
                condition=Q(task_id__isnull=False, is_active=True),
            ),
            models.Index(
                fields=["task_id", "turn"],
                name="jobs_job_line",
                condition=Q(turn__isnull=False, is_active=True),
            ),
            models.Index(
                fields=["completed_at"],
                name="jobs_job_follow_up",
                condition=Q(follow_up=True, completed_at__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["unique_key"],
                name="jobs_job_unique_key",
                condition=Q(unique_key__isnull=False, is_active=True),
            ),
            models.UniqueConstraint(
                fields=["task_id", "scheduled_for"],
                name="jobs_job_tick",
                condition=Q(task_id__isnull=False, scheduled_for__isnull=False),
            ),
            models.CheckConstraint(
                name="jobs_job_status_known", condition=Q(status__in=_values(JobState))
            ),
            models.CheckConstraint(
                name="jobs_job_priority_range", condition=Q(priority__range=(0, 9))
            ),
            models.CheckConstraint(name="jobs_job_demand", condition=Q(thread_demand__gte=1)),
            models.CheckConstraint(
                name="jobs_job_chunks", condition=Q(chunks__gte=1) & Q(chunk_count__gte=1)
            ),
            models.CheckConstraint(
                name="jobs_job_placement_known",
                condition=Q(placement__in=[p.value for p in Placing])
                & Q(on_shortage__in=[s.value for s in OnShortage]),
            ),
            models.CheckConstraint(
                name="jobs_job_final_is_completed",
                condition=Q(status__in=_values(FINAL), completed_at__isnull=False)
                | Q(status__in=_values(ACTIVE), completed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="jobs_job_run_has_start",
                condition=~Q(status__in=_values({JobState.RUNNING, JobState.COMPLETED}))
                | Q(started_at__isnull=False),
            ),
            models.CheckConstraint(
                name="jobs_job_placed_has_fence",
                condition=~Q(status__in=_values(PLACED))
                | Q(execution_id__isnull=False, executor__isnull=False),
            ),
            models.CheckConstraint(
                name="jobs_job_failed_has_error",
                condition=~Q(status=JobState.FAILED.value) | Q(error__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.id})"


class JobEvent(models.Model):
    """Something out of the ordinary in the life of a job; a normal life has none."""

    class Kind(models.TextChoices):
        """What happened."""

        RETRIED = "retried"
        LOST = "lost"
        CANCELLED = "cancelled"
        CANCEL_REQUESTED = "cancel_requested"
        PRIORITY_CHANGED = "priority_changed"

    job = models.ForeignKey(
        Job, on_delete=models.CASCADE, related_name="events", db_constraint=False
    )
    at = models.DateTimeField(db_default=Now())
    kind = models.CharField(max_length=32, choices=Kind.choices)
    actor = models.CharField(max_length=150, blank=True, help_text="A user, or empty: Celeriac.")
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%F %T}"


class Artifact(models.Model):
    """A file that payloads and results refer to by its id."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to="%Y/%m/%d", max_length=300)
    job_id = models.UUIDField(null=True, blank=True, help_text="The job that made it, if one did.")
    created_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["job_id"], name="jobs_artifact_job", condition=Q(job_id__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return self.name
