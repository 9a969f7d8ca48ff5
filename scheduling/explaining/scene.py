"""What an explanation is made from: plain values, as they were at one moment. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from executors.states import ExecutionKind, ExecutionState
from jobs.states import JobState
from scheduling.batching import BatchLimits, Durations
from scheduling.placement import Capacity, Memory, Policy, QueuedJob, Reservation


@dataclass(frozen=True, slots=True)
class Subject:
    """The job in question. `queued` is how placement sees it, were it queued now."""

    id: str
    type: str
    status: JobState
    queued: QueuedJob
    attempt: int
    created_at: datetime
    run_at: datetime | None
    available_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    executor: str | None
    chunk_count: int | None
    width: int | None
    cancel_requested: bool
    task: str | None
    """The name of the task that made it."""
    task_enabled: bool | None
    execution_mode: str | None


UNREACHABLE = "unreachable"
"""The status of an HTTP executor that is well, while there is no gateway to call it."""


@dataclass(frozen=True, slots=True)
class Absent:
    """An executor that takes no work: draining, offline, silent for a while, or unreachable."""

    name: str
    status: str
    slots: int
    slots_free: int
    types: frozenset[str]
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ahead:
    """Jobs that come before the one in question and compete with it.

    `count` are all of them, or as many as were counted if there are `more`; `jobs` those read.
    `wide` are wide jobs of its priority: one that is overdue holds a reservation, and so comes
    before older ones that are narrow.
    """

    count: int = 0
    more: bool = False
    jobs: Sequence[QueuedJob] = ()
    wide: Sequence[QueuedJob] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What is learned and set: the same for the dispatcher, but for `slot_times`.

    These are how long a lease of one execution takes its slots, the ways there and back included.
    """

    durations: Durations
    limits: BatchLimits
    policy: Policy
    slot_times: Durations = field(default_factory=Durations)


@dataclass(frozen=True, slots=True)
class Scene:
    """All that decides about a job which waits. `candidates` are what the dispatcher reads."""

    now: datetime
    job: Subject
    rules: Rules
    capacity: Sequence[Capacity] = ()
    candidates: Sequence[QueuedJob] = ()
    parts: Sequence[QueuedJob] = ()
    absent: Sequence[Absent] = ()
    ahead: Ahead = field(default_factory=Ahead)
    reserved: Mapping[str, Reservation] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    dispatcher_leads: bool = True

    def after(self, seconds: float | None) -> datetime | None:
        """The time in so many seconds, if that can be said."""
        if seconds is None or seconds > 1e9:
            return None
        return self.now + timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Attempt:
    """An execution with its lease. `position` is how many of the lease come before it."""

    id: str
    kind: ExecutionKind
    chunk: int | None
    number: int
    state: ExecutionState
    executor: str | None
    slots: int
    position: int
    assigned_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None
    closed_at: datetime | None
    available_at: datetime | None


@dataclass(frozen=True, slots=True)
class Delay:
    """The time between a failure and the next attempt, in seconds from `at`."""

    at: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class History:
    """What has become of a job so far; `left_out` executions are beyond the limit."""

    attempts: Sequence[Attempt] = ()
    delays: Sequence[Delay] = ()
    left_out: int = 0
