"""What the API answers, for OpenAPI. Tests hold the answers to these shapes."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from executors.states import ExecutorStatus
from jobs.api.shapes import Error, Seconds, Shape
from jobs.retry import AnyPolicy
from jobs.states import JobState
from jobs.wishes import LoadBalanceStrategy, OnShortage, Placing
from scheduling.choices import (
    CalendarMode,
    CalendarPolicy,
    ExecutionMode,
    MisfirePolicy,
)


class PauseReason(Shape):
    """Why a task paused itself."""

    code: str
    message: str
    job: Annotated[UUID, Field(description="The job whose failure was one too many.")]
    at: datetime


class TaskLink(Shape):
    """An HTTP executor that a task is linked to."""

    executor: Annotated[str, Field(description="Its name.")]
    id: Annotated[UUID, Field(description="Of the executor.")]
    status: ExecutorStatus
    priority: Annotated[int, Field(description="Higher goes first, where failover decides.")]
    weight: Annotated[int, Field(description="Its own, if the link has none.")]


class TaskLinks(Shape):
    """All executors of a task, those of the highest priority first."""

    executors: list[TaskLink]


class Registered(Shape):
    """An HTTP executor that is known now."""

    id: UUID
    name: Annotated[str, Field(description="Its group.")]
    instance_id: str
    secret: Annotated[str, Field(description="Signs calls to it, and its callbacks.")]
    warnings: Annotated[
        list[str], Field(description="What tasks there are already are not as it said.")
    ]


class Task(Shape):
    """A named definition that makes jobs again and again."""

    id: UUID
    name: str
    description: str
    enabled: Annotated[bool, Field(description="Whether it has ticks; else it is paused.")]
    cron_expression: Annotated[str | None, Field(description="Null: it is only triggered.")]
    schedule: Annotated[str | None, Field(description="The cron expression in words.")]
    timezone: str
    start_at: datetime | None
    end_at: datetime | None
    calendar: Annotated[str | None, Field(description="The name of a calendar.")]
    calendar_policy: CalendarPolicy
    misfire_policy: MisfirePolicy
    misfire_grace: Seconds
    misfire_limit: int
    type: str
    payload: Any
    priority: Annotated[int, Field(ge=0, le=9, description="Higher goes first.")]
    thread_demand: int
    chunks: int | None
    placement: Placing
    on_shortage: OnShortage
    requires: dict[str, str]
    max_attempts: Annotated[int | None, Field(description="Null: as the job type says.")]
    timeout: Seconds
    execution_mode: ExecutionMode
    max_pending: int
    retry: Annotated[
        AnyPolicy | None,
        Field(description="How the attempts of its jobs follow each other; null: as usual."),
    ]
    on_success: Annotated[str | None, Field(description="The task triggered on success.")]
    on_failure: Annotated[str | None, Field(description="The task triggered on failure.")]
    pause_after_failures: int | None
    pause_reason: Annotated[
        PauseReason | None, Field(description="Why it paused itself; null while it is enabled.")
    ]
    failures: Annotated[int, Field(description="Failed jobs in a row, if it may pause itself.")]
    load_balance_strategy: LoadBalanceStrategy
    load_balance_state: Annotated[
        dict[str, Any] | None, Field(description="What it remembers of its choices.")
    ]
    executor_group: Annotated[
        str | None, Field(description="The group of HTTP executors that alone run it.")
    ]
    handler: Annotated[
        str | None, Field(description="What HTTP executors call the work; null: by its name.")
    ]
    executors: Annotated[list[TaskLink], Field(description="HTTP executors it is linked to.")]
    problem: Annotated[
        Error | None, Field(description="Why its last tick could not be made into a job to run.")
    ]
    next_run_at: Annotated[
        datetime | None, Field(description="Its next tick, once beat has worked it out.")
    ]
    last_run_at: Annotated[datetime | None, Field(description="The last tick that was fired.")]
    created_at: datetime
    updated_at: datetime
    created_by: str


class HistoryEntry(Shape):
    """A job of a task: one that ran, that runs, or that was dropped."""

    job: UUID
    scheduled_for: Annotated[datetime | None, Field(description="Null: it was triggered.")]
    status: JobState
    priority: int
    attempt: int
    executor: str | None
    submitted_by: str
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    queue_time: Seconds
    execution_time: Seconds
    error: Error | None


class Tick(Shape):
    """A time at which a task fires."""

    at: datetime
    local: Annotated[str, Field(description="The same on a clock in its time zone.")]
    words: str


class Preview(Shape):
    """When a schedule fires next."""

    cron_expression: str | None
    timezone: str
    schedule: Annotated[str | None, Field(description="The cron expression in words.")]
    ticks: list[Tick]


class BackfillState(StrEnum):
    """How far a backfill is."""

    RUNNING = "running"
    COMPLETED = "completed"
    """Every tick has its job, finished or not."""
    FAILED = "failed"
    CANCELLED = "cancelled"


class Backfill(Shape):
    """The ticks of a past span, made into jobs a few at a time."""

    id: UUID
    task: UUID
    from_: Annotated[datetime, Field(alias="from")]
    to: datetime
    state: BackfillState
    concurrency: int
    priority: int | None
    ticks: Annotated[int, Field(description="Ticks in the span.")]
    done: Annotated[int, Field(description="Ticks that were dealt with so far.")]
    existing: Annotated[int, Field(description="Ticks among those that had a job already.")]
    error: Error | None
    created_at: datetime
    created_by: str
    ended_at: datetime | None


class DryBackfill(Shape):
    """What a backfill would do."""

    task: UUID
    from_: Annotated[datetime, Field(alias="from")]
    to: datetime
    dry_run: bool
    ticks: Annotated[int, Field(description="Ticks in the span.")]
    existing: Annotated[int, Field(description="Ticks among those that have a job already.")]
    times: Annotated[list[datetime], Field(description="The ticks.")]


class Calendar(Shape):
    """A named set of dates and hours at which tasks don't run."""

    id: UUID
    name: str
    description: str
    mode: CalendarMode
    timezone: str
    rules: list[dict[str, list[str]]]
    tasks: Annotated[int, Field(description="How many tasks refer to it.")]
    created_at: datetime
    updated_at: datetime
