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
    """Where one attempt at a job, or at one chunk of it, is in its life."""

    ASSIGNED = "assigned"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    LOST = "lost"
    RELEASED = "released"
    """Given back, unstarted, at no cost."""
    CANCELLED = "cancelled"


class ExecutorStatus(StrEnum):
    """Whether an executor takes work."""

    ONLINE = "online"
    DRAINING = "draining"
    """Ends what it has and takes nothing new."""
    OFFLINE = "offline"


LIVE = (LeaseState.ASSIGNED, LeaseState.CLAIMED)
UNFINISHED = (ExecutionState.ASSIGNED, ExecutionState.RUNNING)
