"""What the API answers, for OpenAPI. Tests hold the answers to these shapes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from executors.logs.lines import Stream
from executors.processes.roles import ProcessRole
from executors.states import ExecutionKind, ExecutionState, ExecutorStatus, Protocol
from jobs.api.shapes import Error, Shape
from jobs.states import JobState

LevelName = Literal["debug", "info", "warning", "error", "critical"]
"""Of lines of logs, the least first."""


class HealthCheck(Shape):
    """One look at an HTTP executor."""

    at: datetime
    healthy: bool
    seconds: Annotated[float | None, Field(description="Until its answer.")]
    detail: Annotated[str, Field(description="What was wrong.")]


class Executor(Shape):
    """A place that runs work, with a number of slots."""

    id: UUID
    name: str
    status: ExecutorStatus
    drained_by: Annotated[
        str | None, Field(description="Who had it take nothing new; null: nobody.")
    ]
    protocol: Annotated[Protocol, Field(description="How it is talked to.")]
    slots: int
    slots_used: Annotated[int, Field(description="Slots of its live leases.")]
    slots_free: int
    weight: Annotated[int, Field(description="Its share where jobs are spread by weight.")]
    pool: Annotated[
        str, Field(description="How it runs work: prefork, threads, solo; http for HTTP executors.")
    ]
    host: str
    pid: int
    types: Annotated[list[str], Field(description="The job types that it runs.")]
    labels: Annotated[dict[str, str], Field(description="What jobs may require of it.")]
    started_at: datetime
    last_heartbeat: datetime
    heartbeat_age: Annotated[float, Field(description="Seconds since the last heartbeat.")]
    group: Annotated[str | None, Field(description="Of an HTTP executor, as what follows.")]
    instance_id: str | None
    base_url: str | None
    health: Annotated[HealthCheck | None, Field(description="What the last check found.")]
    busy_until: Annotated[
        datetime | None, Field(description="It gets nothing until then, as it asked or failed.")
    ]
    busy_with: Annotated[
        dict[UUID, datetime] | None,
        Field(description="By a task's id: it gets none of its jobs until then, as it asked."),
    ]
    left_at: Annotated[
        datetime | None, Field(description="When it last signed off; it may have come back since.")
    ]


class Heard(Shape):
    """The answer to a heartbeat."""

    status: ExecutorStatus
    cancel: Annotated[list[UUID], Field(description="Executions that it is to stop.")]


class Accepted(Shape):
    """The answer to a callback."""

    accepted: Annotated[
        bool,
        Field(description="False: it was repeated, late or out of order, and changed nothing."),
    ]


class Execution(Shape):
    """One attempt at a job, or at one chunk or shard of it, on one executor."""

    id: UUID
    job: UUID
    task: Annotated[UUID | None, Field(description="The task that made the job.")]
    scheduled_for: Annotated[datetime | None, Field(description="The tick that made the job.")]
    kind: Annotated[
        ExecutionKind,
        Field(
            description="A whole job, a chunk of one, the combining of its chunks, or a shard of "
            "one that is broadcast."
        ),
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
        int | None,
        Field(description="Bytes of a chunk's or shard's result; a job has its own result."),
    ]
    error: Error | None


class LogLine(Shape):
    """One line of a log, or one record with its traceback."""

    number: Annotated[int, Field(description="Its place in the log of the job; there are gaps.")]
    at: datetime
    level: Annotated[LevelName, Field(description="Of standard output info, of errors warning.")]
    stream: Annotated[Stream, Field(description="Where it came from; a note is Celeriac's own.")]
    text: str
    execution: UUID
    kind: Annotated[ExecutionKind | None, Field(description="Of the execution.")]
    chunk: Annotated[int | None, Field(description="Which one, from 0.")]
    attempt: Annotated[int | None, Field(description="Of the execution.")]


class Log(Shape):
    """Lines of the log of a job, and where to go on."""

    next: Annotated[str | None, Field(description="Where further lines are that there are now.")]
    previous: Annotated[None, Field(description="A log is read forwards.")]
    results: list[LogLine]
    cursor: Annotated[int, Field(description="Ask for lines `after` it.")]
    complete: Annotated[bool, Field(description="The job has ended, and this is its log's end.")]
    status: JobState


class Process(Shape):
    """A process that is no executor."""

    id: UUID
    role: ProcessRole
    host: str
    pid: int
    alive: Annotated[bool, Field(description="Whether it was heard of within HEARTBEAT_LIMIT.")]
    leads: Annotated[bool, Field(description="Of dispatchers, and of beats, one does.")]
    leader_since: datetime | None
    started_at: datetime
    last_beat: datetime
    last_beat_age: Annotated[float, Field(description="Seconds since the last sign of life.")]
