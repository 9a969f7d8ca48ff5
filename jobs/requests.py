"""Requests for jobs, checked: from parsed JSON to `NewJob`, or all that is wrong at once.

Written for bulk: ten thousand jobs take some hundred milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from django.conf import settings
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from jobs import jsontext, types
from jobs.errors import UnknownJobType
from jobs.invalid import MESSAGES, ErrorList
from jobs.submission import NewJob

M = TypeVar("M", bound=BaseModel)

DAY = 24 * 3600.0


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise PydanticCustomError("nul", MESSAGES["nul"])
    return text


def _known_type(name: str) -> str:
    try:
        return types.get(name).name
    except UnknownJobType as error:
        raise PydanticCustomError("unknown_job_type", "{error}", {"error": str(error)}) from None


def _moment(value: object) -> datetime | None:
    """An ISO 8601 time with its zone, in UTC."""
    if value is None:
        return None
    problem = "Input should be a time in ISO 8601 with its zone, such as 2030-01-31T12:00:00Z"
    try:
        if not isinstance(value, str) or (moment := datetime.fromisoformat(value)).tzinfo is None:
            raise PydanticCustomError("time", problem)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise PydanticCustomError("time", problem) from None


Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_without_nul)]
Moment = Annotated[
    datetime | None,
    PlainValidator(_moment),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}),
]
Priority = Annotated[int, Field(ge=0, le=9, description="Higher goes first.")]


class Strict(BaseModel):
    """Base of request bodies: no unknown fields, no guessing of types."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class JobRequest(Strict):
    """A job to be submitted. What is left out, or null, takes the job type's default."""

    type: Annotated[
        str,
        Field(max_length=100),
        AfterValidator(_known_type),
        Field(description="A name from /api/v1/job-types, in snake_case or PascalCase."),
    ]
    payload: Annotated[Any, Field(description="What the job type's payload schema asks for.")]
    name: Annotated[Text | None, Field(description="For people; the type if left out.")] = None
    priority: Priority = 5
    thread_demand: Annotated[
        int,
        Field(
            ge=1,
            le=settings.CELERIAC["THREAD_DEMAND_MAX"],
            description="Slots that the job wants.",
        ),
    ] = 1
    run_at: Annotated[
        Moment, Field(description="Not before this time, in ISO 8601 with its zone.")
    ] = None
    max_attempts: Annotated[int | None, Field(ge=1, le=100)] = None
    timeout: Annotated[
        float | None,
        Field(gt=0, le=30 * DAY, allow_inf_nan=False, description="Seconds for one attempt."),
    ] = None
    unique_key: Annotated[
        Text | None,
        Field(description="While a job with this key is not final, it is returned instead."),
    ] = None


class BulkRequest(Strict):
    """Jobs to be submitted together: all of them or, if one is wrong, none."""

    jobs: Annotated[list[JobRequest], Field(max_length=settings.CELERIAC["BULK_MAX_JOBS"])]


class _Envelope(Strict):
    """A bulk request whose jobs are still to be checked."""

    jobs: Annotated[list[Any], Field(max_length=settings.CELERIAC["BULK_MAX_JOBS"])]


class PriorityChange(Strict):
    """A new priority for a job that waits."""

    priority: Priority


def read(model: type[M], value: object) -> M:
    """`value`, from parsed JSON, as a `model`; raises `InvalidRequest`."""
    errors = ErrorList()
    found = _validate(model, value, (), errors)
    errors.check()
    assert found is not None
    return found


def read_job(value: object, submitted_by: str) -> NewJob:
    """The job that a parsed body asks for; raises `InvalidRequest` with all that is wrong."""
    errors = ErrorList()
    job = _read(value, (), submitted_by, errors)
    errors.check()
    assert job is not None
    return job


def read_jobs(value: object, submitted_by: str) -> list[NewJob]:
    """The jobs that a parsed bulk body asks for; raises `InvalidRequest`, by index."""
    errors = ErrorList()
    items = read(_Envelope, value).jobs
    jobs = [_read(item, ("jobs", i), submitted_by, errors) for i, item in enumerate(items)]
    errors.check()
    return [job for job in jobs if job is not None]


def _read(
    value: object, path: Sequence[str | int], submitted_by: str, errors: ErrorList
) -> NewJob | None:
    request = _validate(JobRequest, value, path, errors)
    payload = _payload_text(value, (*path, "payload"), errors)
    if request is None or payload is None:
        return None
    kind = types.get(request.type)
    return NewJob(
        type=kind.name,
        payload=payload,
        name=request.name or kind.name,
        priority=request.priority,
        thread_demand=request.thread_demand,
        run_at=request.run_at,
        max_attempts=request.max_attempts or kind.max_attempts,
        timeout=request.timeout or kind.timeout,
        unique_key=request.unique_key,
        submitted_by=submitted_by,
    )


def _validate(
    model: type[M], value: object, path: Sequence[str | int], errors: ErrorList
) -> M | None:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        errors.add_all(path, error)
        return None


def _payload_text(value: object, path: Sequence[str | int], errors: ErrorList) -> str | None:
    """The payload's JSON text if it fits its type; checked even where other fields are wrong."""
    try:
        kind = types.get(value["type"])  # type: ignore[index]
        payload = value["payload"]  # type: ignore[index]
    except (UnknownJobType, LookupError, TypeError):
        return None  # JobRequest has said so already
    text = jsontext.dump(payload)
    limit = settings.CELERIAC["PAYLOAD_MAX_BYTES"]
    if len(text.encode()) > limit:
        message = f"The payload is larger than {limit} bytes: upload the data as an artifact."
        errors.add(path, "payload_too_large", message)
        return None
    if jsontext.may_be_unstorable(text):
        found = list(jsontext.unstorable(payload))
        for where, code in found:
            errors.add((*path, *where), code)
        if found:
            return None
    try:
        # The JSON text, not the parsed value: strict types take ISO times and UUIDs only there.
        kind.load_payload(text)
    except ValidationError as error:
        errors.add_all(path, error)
        return None
    return text
