"""What the API answers, for OpenAPI. Tests hold the answers to these shapes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from executors.states import ExecutionState, ExecutorStatus
from jobs.api.shapes import Error, Shape


class Executor(Shape):
    """A place that runs work, with a number of slots."""

    id: UUID
    name: str
    status: ExecutorStatus
    slots: int
    slots_used: Annotated[int, Field(description="Slots of its live leases.")]
    slots_free: int
    pool: Annotated[str, Field(description="How it runs work: prefork, threads, solo.")]
    host: str
    pid: int
    types: Annotated[list[str], Field(description="The job types that it runs.")]
    labels: Any
    started_at: datetime
    last_heartbeat: datetime
    heartbeat_age: Annotated[float, Field(description="Seconds since the last heartbeat.")]


class Execution(Shape):
    """One attempt at a job, or at one chunk of it, on one executor."""

    id: UUID
    job: UUID
    lease: UUID
    executor: Annotated[str, Field(description="Its name.")]
    state: ExecutionState
    attempt: int
    started_at: datetime | None
    completed_at: datetime | None
    execution_time: Annotated[float | None, Field(description="Seconds.")]
    error: Error | None
