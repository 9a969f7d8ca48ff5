"""What the API answers, for OpenAPI. Tests hold the answers to these shapes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from executors.states import ExecutionKind, ExecutionState, ExecutorStatus
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
    labels: Annotated[dict[str, str], Field(description="What jobs may require of it.")]
    started_at: datetime
    last_heartbeat: datetime
    heartbeat_age: Annotated[float, Field(description="Seconds since the last heartbeat.")]


class Execution(Shape):
    """One attempt at a job, or at one chunk of it, on one executor."""

    id: UUID
    job: UUID
    task: Annotated[UUID | None, Field(description="The task that made the job.")]
    scheduled_for: Annotated[datetime | None, Field(description="The tick that made the job.")]
    kind: Annotated[
        ExecutionKind,
        Field(description="A whole job, a chunk of one, or the combining of its chunks."),
    ]
    chunk: Annotated[int | None, Field(description="Which one, from 0.")]
    lease: Annotated[UUID | None, Field(description="Null while it is queued.")]
    executor: Annotated[str | None, Field(description="Its name; null while it is queued.")]
    state: ExecutionState
    attempt: int
    available_at: Annotated[
        datetime | None, Field(description="From when it may be placed, while it is queued.")
    ]
    started_at: datetime | None
    completed_at: datetime | None
    execution_time: Annotated[float | None, Field(description="Seconds.")]
    result_size: Annotated[
        int | None, Field(description="Bytes of a chunk's result; a job has its own result.")
    ]
    error: Error | None
