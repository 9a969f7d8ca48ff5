"""What HTTP executors may send about themselves: fields, their types and their limits."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from executors.states import ExecutorStatus
from jobs import labels
from jobs.requests import Labels, Strict, Text, known_type

EXAMPLE: JsonDict = {
    "name": "sample-executor",
    "instance_id": "executor-001",
    "base_url": "http://localhost:9090",
    "health_check_url": "http://localhost:9090/health",
}
HOUR = 3600.0
INSTANCE_MAX = 136
"""Characters of an instance's id: with its group's name before it, it names an executor."""


def _group(name: str) -> str:
    if not labels.is_group(name):
        raise PydanticCustomError("group_name", labels.GROUP_RULE)
    return name


def _printable(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        message = "Input should be printable, without spaces at its ends"
        raise PydanticCustomError("instance_id", message)
    return text


Url = Annotated[str, Field(min_length=1, max_length=500)]
Threshold = Annotated[int, Field(ge=1, le=100)]


class MemberRequest(Strict):
    """An HTTP executor that wants to be known. Times are in seconds."""

    name: Annotated[
        str, Field(max_length=200), AfterValidator(_group), Field(description="Its group.")
    ]
    instance_id: Annotated[
        str,
        Field(min_length=1, max_length=INSTANCE_MAX, description="Unique in its group."),
        AfterValidator(_printable),
    ]
    base_url: Annotated[Url, Field(description="Celeriac calls /execute and /cancel below it.")]
    health_check_url: Annotated[
        Url | None, Field(description="Answers a GET with 200 to 299 as long as all is well.")
    ] = None
    slots: Annotated[int, Field(ge=1, le=1000, description="Executions at once.")] = 1
    weight: Annotated[
        int, Field(ge=1, le=1000, description="Its share where jobs are spread by weight.")
    ] = 1
    labels: Annotated[Labels, Field(description="What jobs may require of it.")] = {}
    types: Annotated[
        list[Annotated[str, Field(max_length=100), AfterValidator(known_type)]],
        Field(max_length=200, description="Job types that it runs beside `external`."),
    ] = []
    health_interval: Annotated[float, Field(ge=1, le=HOUR, description="Between checks.")] = 30.0
    health_timeout: Annotated[float, Field(gt=0, le=60, description="Of a check.")] = 5.0
    heartbeat_timeout: Annotated[
        float | None,
        Field(
            ge=1,
            le=24 * HOUR,
            description="Silence after which it is offline. Null: it need not send heartbeats, "
            "but 60 if it has no health_check_url either.",
        ),
    ] = None
    failure_threshold: Annotated[
        Threshold, Field(description="Failed checks in a row after which it is offline.")
    ] = 3
    success_threshold: Annotated[
        Threshold, Field(description="Good checks in a row after which it is online again.")
    ] = 1
    require_signature: Annotated[
        bool, Field(description="Whether callbacks about its executions must be signed.")
    ] = False
    incarnation: Annotated[
        Text | None,
        Field(
            description="Another one than before says that it was started anew, and knows "
            "nothing of what it had: that is lost at once."
        ),
    ] = None


class HeartbeatRequest(Strict):
    """An HTTP executor lives. The body may be left out."""

    model_config = ConfigDict(json_schema_extra={"example": {"executions": []}})

    executions: Annotated[
        list[Annotated[UUID, Field(strict=False)]] | None,
        Field(
            max_length=10_000,
            description="Ids of all executions that it works on, or has not reported yet. "
            "What it was given and leaves out is lost at once. Null: it does not say.",
        ),
    ] = None


class StatusRequest(Strict):
    """The status that an executor is to have."""

    model_config = ConfigDict(json_schema_extra={"example": {"status": "draining"}})

    status: Annotated[ExecutorStatus, Field(strict=False)]
