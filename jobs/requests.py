"""What people may send: the fields of requests, their types and their limits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from django.conf import settings
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from jobs import labels, types
from jobs.errors import UnknownJobType
from jobs.invalid import MESSAGES
from jobs.retry import AnyPolicy
from jobs.wishes import LoadBalanceStrategy, OnShortage, Placing

DAY = 24 * 3600.0


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise PydanticCustomError("nul", MESSAGES["nul"])
    return text


def known_type(name: str) -> str:
    """The name of a job type as it is registered; an error of pydantic's if there is none."""
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


def _of_a_chunkable_type(chunks: int | None, info: ValidationInfo) -> int | None:
    """Silent about the chunks of an unknown type, which is a mistake of its own."""
    name = info.data.get("type")
    if name and chunks and chunks > 1 and not types.get(name).chunkable:
        message = "Jobs of the type {type} can't be split into chunks: leave this out."
        raise PydanticCustomError("not_chunkable", message, {"type": name})
    return chunks


def _whole_if_broadcast(
    strategy: LoadBalanceStrategy | None, info: ValidationInfo
) -> LoadBalanceStrategy | None:
    asked = [name for name in ("thread_demand", "chunks") if (info.data.get(name) or 1) > 1]
    if strategy == LoadBalanceStrategy.BROADCAST and asked:
        message = "A broadcast runs whole, on one slot of each executor: leave {field} out."
        raise PydanticCustomError("broadcast_runs_whole", message, {"field": asked[0]})
    return strategy


def _label_name(name: str) -> str:
    if not labels.is_name(name):
        raise PydanticCustomError("label_name", labels.NAME_RULE)
    return name


def _label_value(value: str) -> str:
    if not labels.is_value(value):
        raise PydanticCustomError("label_value", labels.VALUE_RULE)
    return value


Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_without_nul)]
Moment = Annotated[
    datetime | None,
    PlainValidator(_moment),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}),
]
GivenMoment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Labels = Annotated[
    dict[Annotated[str, AfterValidator(_label_name)], Annotated[str, AfterValidator(_label_value)]],
    Field(max_length=labels.REQUIRED_MAX),
    WithJsonSchema(
        {
            "type": "object",
            "propertyNames": {"pattern": f"^{labels.NAME}$"},
            "additionalProperties": {"type": "string", "pattern": f"^{labels.VALUE}$"},
            "maxProperties": labels.REQUIRED_MAX,
            "examples": [{"gpu": "true"}],
        }
    ),
]
Priority = Annotated[int, Field(ge=0, le=9, description="Higher goes first.")]


class Strict(BaseModel):
    """Base of request bodies: no unknown fields, no guessing of types."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Nothing(Strict):
    """The body of a request whose path says all: none, or an empty object."""


EXAMPLE: JsonDict = {"type": "add_numbers", "payload": {"a": 19, "b": 23}, "priority": 7}


class WorkRequest(Strict):
    """What is to be done, and what it takes: what jobs and tasks have in common."""

    type: Annotated[
        str,
        Field(max_length=100),
        AfterValidator(known_type),
        Field(description="A name from /api/v1/job-types, in snake_case or PascalCase."),
    ]
    payload: Annotated[Any, Field(description="What the job type's payload schema asks for.")]
    priority: Priority = 5
    thread_demand: Annotated[
        int,
        Field(
            ge=1,
            le=settings.CELERIAC["THREAD_DEMAND_MAX"],
            description="Slots that work for the job at once: for that many chunks of it, if its "
            "type is chunkable; else all of one executor. See `on_shortage`.",
        ),
    ] = 1
    chunks: Annotated[
        int | None,
        Field(
            ge=1,
            le=settings.CELERIAC["CHUNKS_MAX"],
            description="Chunks to split it into, if more than `thread_demand`: that many run at "
            "once, the others after them. For chunkable types only.",
        ),
        AfterValidator(_of_a_chunkable_type),
    ] = None
    placement: Annotated[
        Placing,
        Field(
            strict=False,
            description="Whether its chunks may run on any executors (`spread`) or all run on one "
            "(`pack`).",
        ),
    ] = Placing.SPREAD
    on_shortage: Annotated[
        OnShortage,
        Field(
            strict=False,
            description="Where there could never be as many slots as `thread_demand`: it gets one "
            "(`single`), as many as there could be (`degrade`), or waits for more executors "
            "(`wait`).",
        ),
    ] = OnShortage.SINGLE
    requires: Annotated[
        Labels, Field(description="Labels that an executor must have, names and values.")
    ] = {}
    max_attempts: Annotated[int | None, Field(ge=1, le=100)] = None
    timeout: Annotated[
        float | None,
        Field(gt=0, le=30 * DAY, allow_inf_nan=False, description="Seconds for one attempt."),
    ] = None
    retry: Annotated[
        AnyPolicy | None,
        Field(
            description="How long after a failed attempt the next one comes, and which errors no "
            "other attempt follows. Null: after 1 s, 2 s, 4 s, and so on up to 300 s."
        ),
    ] = None

    load_balance_strategy: Annotated[
        LoadBalanceStrategy | None,
        Field(
            strict=False,
            description="How one of several executors is chosen; null: as the type says, or the "
            "least loaded one.",
        ),
        AfterValidator(_whole_if_broadcast),
    ] = None

    @property
    def attempts(self) -> int | None:
        """Attempts that are asked for, outright or by a list of delays; None: as the type says."""
        return self.max_attempts or (self.retry.attempts if self.retry else None)


class JobRequest(WorkRequest):
    """A job to be submitted. What is left out, or null, takes the job type's default."""

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})

    name: Annotated[Text | None, Field(description="For people; the type if left out.")] = None
    run_at: Annotated[
        Moment, Field(description="Not before this time, in ISO 8601 with its zone.")
    ] = None
    unique_key: Annotated[
        Text | None,
        Field(description="While a job with this key is not final, it is returned instead."),
    ] = None
    routing_key: Annotated[
        Text | None,
        Field(
            description="What `consistent_hash` hashes: jobs with the same one go to the same "
            "executor. If left out: the task, or the type."
        ),
    ] = None


class BulkRequest(Strict):
    """Jobs to be submitted together: all of them or, if one is wrong, none."""

    model_config = ConfigDict(json_schema_extra={"example": {"jobs": [EXAMPLE]}})

    jobs: Annotated[list[JobRequest], Field(max_length=settings.CELERIAC["BULK_MAX_JOBS"])]


class BulkEnvelope(Strict):
    """A bulk request whose jobs are still to be checked."""

    jobs: Annotated[list[Any], Field(max_length=settings.CELERIAC["BULK_MAX_JOBS"])]


class PriorityChange(Strict):
    """A new priority for a job that waits."""

    priority: Priority
