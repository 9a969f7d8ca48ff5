"""Rows of executors, of the leases they were handed, and of the executions in them; of processes.

`leases` alone writes the state of leases and executions. The hot tables carry no foreign-key
constraints: their rows are made and removed by statements that keep them whole. Only the executor
of a lease or an execution may be gone, as history outlives it.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from executors.balancing.models import LoadBalanceState
from executors.logs.models import JobLog, LogLine
from executors.members.models import HealthCheck, Member
from executors.processes.models import Process
from executors.protocols.xxl_job.models import XxlJob, XxlRun
from executors.states import (
    LIVE,
    ExecutionKind,
    ExecutionState,
    ExecutorStatus,
    LeaseState,
    Protocol,
)
from jobs.ids import uuid7
from jobs.models import Job

__all__ = [
    "Execution",
    "Executor",
    "HealthCheck",
    "JobLog",
    "Lease",
    "LoadBalanceState",
    "LogLine",
    "Member",
    "Process",
    "XxlJob",
    "XxlRun",
]


class Executor(models.Model):
    """A place that runs work, with a number of slots."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=200, unique=True)
    status = models.CharField(
        max_length=8,
        choices=[(s.value, s.value) for s in ExecutorStatus],
        default=ExecutorStatus.ONLINE,
    )
    drained_by = models.CharField(
        max_length=150,
        null=True,
        blank=True,
        help_text="Who asked it to take nothing new, until someone resumes it; null: nobody.",
    )
    slots = models.PositiveSmallIntegerField()
    protocol = models.CharField(
        max_length=8,
        choices=[(p.value, p.value) for p in Protocol],
        db_default=Protocol.CELERY.value,
        help_text="How it is talked to.",
    )
    weight = models.SmallIntegerField(
        db_default=1, help_text="Its share where jobs are spread by weight."
    )
    pool = models.CharField(
        max_length=20, help_text="How it runs work: prefork, threads, solo; or http."
    )
    types = ArrayField(models.CharField(max_length=100), default=list)
    labels = models.JSONField(default=dict, blank=True)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    incarnation = models.UUIDField(help_text="New at each start.")
    held = ArrayField(
        models.UUIDField(), default=list, help_text="Leases it worked on at its last heartbeat."
    )
    started_at = models.DateTimeField(db_default=Now())
    last_heartbeat = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Lease(models.Model):
    """What an executor is handed in one message: one execution, or a batch of short ones."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    executor = models.ForeignKey(
        Executor,
        on_delete=models.DO_NOTHING,
        related_name="leases",
        db_constraint=False,
        db_index=False,
    )
    state = models.CharField(
        max_length=8,
        choices=[(s.value, s.value) for s in LeaseState],
        default=LeaseState.ASSIGNED,
    )
    job_type = models.CharField(max_length=100)
    kind = models.CharField(
        max_length=7,
        choices=[(k.value, k.value) for k in ExecutionKind],
        db_default=ExecutionKind.WHOLE.value,
        help_text="What of its jobs it runs.",
    )
    size = models.PositiveSmallIntegerField(help_text="Executions in it.")
    slots = models.PositiveSmallIntegerField(default=1)
    priority = models.PositiveSmallIntegerField(default=5)
    timeout = models.FloatField(null=True, blank=True, help_text="Seconds for its one execution.")
    incarnation = models.UUIDField(null=True, blank=True, help_text="Of the executor, at claim.")
    busy_seconds = models.FloatField(default=0, help_text="Time spent in handlers.")
    done = models.PositiveSmallIntegerField(default=0, help_text="Executions with an outcome.")
    assigned_at = models.DateTimeField(db_default=Now())
    published_at = models.DateTimeField(db_default=Now(), help_text="Moved when sent again.")
    claimed_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(
        null=True, blank=True, help_text="When its HTTP executor took it."
    )
    cancel_sent_at = models.DateTimeField(
        null=True, blank=True, help_text="When its HTTP executor was told to stop it."
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["executor"],
                name="executors_lease_live",
                condition=Q(state__in=[s.value for s in LIVE]),
            ),
            models.Index(fields=["closed_at"], name="executors_lease_closed"),
        ]
        constraints = [
            models.CheckConstraint(
                name="executors_lease_state_known",
                condition=Q(state__in=[s.value for s in LeaseState]),
            ),
            models.CheckConstraint(
                name="executors_lease_live_is_open",
                condition=Q(state__in=[s.value for s in LIVE], closed_at__isnull=True)
                | (~Q(state__in=[s.value for s in LIVE]) & Q(closed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="executors_lease_claim_has_owner",
                condition=~Q(state=LeaseState.CLAIMED)
                | Q(claimed_at__isnull=False, incarnation__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_type} x{self.size}"


class Execution(models.Model):
    """One attempt at a job, or at one part of it, on one executor.

    A whole job waits for its slot as a job; a part of one that is under way, a chunk or the
    combining of chunks, waits as a queued execution, which has no lease and no executor yet.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    job = models.ForeignKey(
        Job, on_delete=models.CASCADE, related_name="executions", db_constraint=False
    )
    kind = models.CharField(
        max_length=7,
        choices=[(k.value, k.value) for k in ExecutionKind],
        db_default=ExecutionKind.WHOLE.value,
    )
    chunk = models.SmallIntegerField(
        null=True, blank=True, help_text="The chunk's number or the shard's, from 0."
    )
    lease = models.ForeignKey(
        Lease, on_delete=models.CASCADE, related_name="executions", db_constraint=False, null=True
    )
    executor = models.ForeignKey(
        Executor,
        on_delete=models.DO_NOTHING,
        related_name="executions",
        db_constraint=False,
        db_index=False,
        null=True,
    )
    state = models.CharField(
        max_length=9,
        choices=[(s.value, s.value) for s in ExecutionState],
        default=ExecutionState.ASSIGNED,
    )
    attempt = models.PositiveSmallIntegerField()
    available_at = models.DateTimeField(
        null=True, blank=True, help_text="From when a queued part may be placed; else null."
    )
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    sequence = models.IntegerField(
        null=True, blank=True, help_text="The number of the last report of its progress."
    )
    result = models.JSONField(null=True, blank=True, help_text="Of a chunk: the job has its own.")
    error = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["job"],
                name="executors_execution_queue",
                condition=Q(available_at__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="executors_execution_state",
                condition=Q(state__in=[s.value for s in ExecutionState]),
            ),
            models.CheckConstraint(
                name="executors_execution_queued",
                condition=Q(
                    state=ExecutionState.QUEUED.value,
                    available_at__isnull=False,
                    lease__isnull=True,
                )
                | (~Q(state=ExecutionState.QUEUED.value) & Q(available_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="executors_execution_chunk",
                condition=Q(
                    kind__in=[ExecutionKind.CHUNK.value, ExecutionKind.SHARD.value],
                    chunk__isnull=False,
                    chunk__gte=0,
                )
                | Q(
                    kind__in=[ExecutionKind.WHOLE.value, ExecutionKind.COMBINE.value],
                    chunk__isnull=True,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"Attempt {self.attempt}"
