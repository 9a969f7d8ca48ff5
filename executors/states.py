"""The states of leases, executions and executors. Pure: no Django, no I/O."""

from __future__ import annotations

from enum import StrEnum


class LeaseState(StrEnum):
    """Where a lease is in its life; it occupies slots while it is live."""

    ASSIGNED = "assigned"
    """Its message is under way."""
    CLAIMED = "claimed"
    """A process of the executor works on it."""
    FINISHED = "finished"
    LOST = "lost"
    RELEASED = "released"
    """Given back before anything in it started."""


class ExecutionState(StrEnum):
    """Where one attempt at a job, or at one part of it, is in its life."""

    QUEUED = "queued"
    """A part of a job that is under way waits for a slot."""
    ASSIGNED = "assigned"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    LOST = "lost"
    RELEASED = "released"
    """Given back, unstarted, at no cost."""
    CANCELLED = "cancelled"


class ExecutionKind(StrEnum):
    """What of a job an execution runs."""

    WHOLE = "whole"
    CHUNK = "chunk"
    COMBINE = "combine"
    """Makes the job's result of its chunks' results."""
    SHARD = "shard"
    """All of a job that is broadcast, on one of its executors."""


class ExecutorStatus(StrEnum):
    """Whether an executor takes work."""

    ONLINE = "online"
    DRAINING = "draining"
    """Ends what it has and takes nothing new."""
    OFFLINE = "offline"


class Protocol(StrEnum):
    """How an executor is talked to."""

    CELERY = "celery"
    """A Celery worker, by its own queue."""
    HTTP = "http"
    """Celeriac's own protocol over HTTP."""
    XXL_JOB = "xxl_job"
    """XXL-JOB's classic executor protocol."""


PARTS = (ExecutionKind.CHUNK, ExecutionKind.COMBINE, ExecutionKind.SHARD)
LIVE = (LeaseState.ASSIGNED, LeaseState.CLAIMED)
UNFINISHED = (ExecutionState.QUEUED, ExecutionState.ASSIGNED, ExecutionState.RUNNING)
