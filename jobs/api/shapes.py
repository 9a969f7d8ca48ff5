"""What the API answers, for OpenAPI. Tests hold the answers to these shapes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from jobs.models import JobEvent as JobEventRow
from jobs.retry import AnyPolicy
from jobs.states import JobState
from jobs.wishes import LoadBalanceStrategy, OnShortage, Placing

Seconds = Annotated[float | None, Field(description="Seconds.")]


class Shape(BaseModel):
    """Base of all answers: they have these fields, always, and no others."""

    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)


class Error(BaseModel):
    """Why a job or an execution failed."""

    code: str
    message: str
    traceback: str | None = None


class Progress(Shape):
    """How far a running job is, by its own account."""

    fraction: Annotated[float, Field(ge=0, le=1)]
    message: str


class Job(Shape):
    """One request to run one typed payload."""

    id: UUID
    name: str
    type: str
    status: JobState
    priority: Annotated[int, Field(ge=0, le=9, description="Higher goes first.")]
    thread_demand: int
    chunks: Annotated[int | None, Field(description="Chunks that it asks for.")]
    chunk_count: Annotated[
        int | None,
        Field(
            description="Chunks that it was split into, or executors that it is broadcast to; "
            "null: it runs whole."
        ),
    ]
    placement: Placing
    on_shortage: OnShortage
    requires: Annotated[
        dict[str, str], Field(description="Labels that an executor must have to run it.")
    ]
    load_balance_strategy: Annotated[
        LoadBalanceStrategy | None,
        Field(description="How its executor is chosen; null: the least loaded one."),
    ]
    routing_key: Annotated[str | None, Field(description="What `consistent_hash` hashes.")]
    payload: Any
    result: Any
    error: Error | None
    progress: Progress | None
    attempt: Annotated[int, Field(description="Attempts that counted so far.")]
    max_attempts: int
    executor: Annotated[str | None, Field(description="The name of the one that has or had it.")]
    created_at: datetime
    run_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None
    queue_time: Seconds
    execution_time: Seconds
    total_time: Seconds
    timeout: Seconds
    retry: Annotated[
        AnyPolicy | None,
        Field(description="How its attempts follow each other; null: as usual."),
    ]
    unique_key: str | None
    retry_of: Annotated[UUID | None, Field(description="The job that this one repeats.")]
    task: Annotated[UUID | None, Field(description="The task that made it.")]
    parent: Annotated[UUID | None, Field(description="The job whose end triggered it.")]
    scheduled_for: Annotated[datetime | None, Field(description="The tick that made it.")]
    cancel_requested: bool
    submitted_by: str


class JobIds(Shape):
    """The jobs of a bulk request, in its order."""

    ids: list[UUID]


class JobEvent(Shape):
    """Something out of the ordinary in the life of a job."""

    id: int
    at: datetime
    kind: JobEventRow.Kind
    actor: Annotated[str, Field(description="A user, or empty: Celeriac itself.")]
    data: dict[str, Any]


class JobType(Shape):
    """A registered handler, and what it takes and gives."""

    name: str
    description: str
    payload_schema: Annotated[dict[str, Any], Field(description="JSON Schema.")]
    result_schema: Annotated[dict[str, Any], Field(description="JSON Schema.")]
    chunkable: Annotated[
        bool, Field(description="Whether jobs can be split into chunks that run side by side.")
    ]
    load_balance_strategy: Annotated[
        LoadBalanceStrategy | None, Field(description="Of jobs that name none.")
    ]
    timeout: Seconds
    max_attempts: int


class JobTypes(Shape):
    """All job types, in one page."""

    next: None
    previous: None
    results: list[JobType]


class Artifact(Shape):
    """A file that payloads and results refer to by its id."""

    id: UUID
    name: str
    content_type: str
    size: Annotated[int, Field(description="Bytes.")]
    sha256: str
    job: Annotated[UUID | None, Field(description="The job that made it, if one did.")]
    created_by: str
    created_at: datetime


class FieldError(Shape):
    """One thing that is wrong with a request."""

    field: Annotated[str, Field(examples=["jobs[3].payload.a"])]
    message: str
    code: str


class Problem(Shape):
    """Why a request was refused (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldError]
