"""The log of a job, from a number on. `executors.api.live` makes a stream of the same answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from executors.api import shapes
from executors.logs import reading
from executors.logs.lines import Level
from jobs.api.schema import problems
from jobs.api.views.base import ApiView
from jobs.ids import is_uuid
from jobs.invalid import ErrorList

LIMIT_MAX = 1000
LIMIT_DEFAULT = 500
NUMBER_MAX = 2**31 - 1

PARAMETERS = [
    OpenApiParameter(
        "after",
        {"type": "integer", "minimum": 0, "maximum": NUMBER_MAX, "default": 0},
        description="Only lines after this number: the `cursor` of the answer before.",
    ),
    OpenApiParameter(
        "execution", OpenApiTypes.UUID, description="Only lines of the execution of this id."
    ),
    OpenApiParameter(
        "level",
        enum=[level.label for level in Level],
        description="Only lines of at least this level.",
    ),
    OpenApiParameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT},
        description="Lines in an answer.",
    ),
    OpenApiParameter(
        "stream",
        OpenApiTypes.BOOL,
        description="True: server-sent events, as by `Accept: text/event-stream`.",
    ),
]
KNOWN = {parameter.name for parameter in PARAMETERS} | {"format"}


class JobLogs(ApiView):
    """What the executions of a job have said, in the order in which it was stored."""

    @extend_schema(
        operation_id="jobs_logs_list",
        parameters=PARAMETERS,
        responses={
            (200, "application/json"): shapes.Log,
            (200, "text/event-stream"): OpenApiTypes.STR,
            **problems(400, 404),
        },
    )
    def get(self, request: Request, job_id: UUID) -> Response:
        """Lines of the log, and the `cursor` after which to ask for more until it is `complete`.

        As server-sent events it sends each line as it comes, then an event `end`.
        """
        page = reading.read(read_query(str(job_id), request.query_params))
        url = replace_query_param(request.build_absolute_uri(), "after", str(page.cursor))
        return Response(
            {
                "next": url if page.has_more else None,
                "previous": None,
                "results": page.lines,
                "cursor": page.cursor,
                "complete": page.complete,
                "status": page.status,
            }
        )


def read_query(job_id: str, given: Mapping[str, Any]) -> reading.Query:
    """The query in a query string; raises `InvalidRequest`."""
    errors = ErrorList()
    for name in given.keys() - KNOWN:
        message = f"There is no such parameter; there are {', '.join(sorted(KNOWN))}."
        errors.add([name], "unknown_parameter", message)
    query = reading.Query(
        job_id,
        after=_number(given, "after", 0, range(NUMBER_MAX + 1), errors),
        execution_id=_execution(given.get("execution"), errors),
        level=_level(given.get("level"), errors),
        limit=_number(given, "limit", LIMIT_DEFAULT, range(1, LIMIT_MAX + 1), errors),
    )
    errors.check()
    return query


def _number(
    given: Mapping[str, Any], name: str, default: int, allowed: range, errors: ErrorList
) -> int:
    text = given.get(name, str(default))
    if text.isascii() and text.isdigit() and len(text) < 12 and int(text) in allowed:
        return int(text)
    message = f"Give a whole number from {allowed[0]} to {allowed[-1]}."
    errors.add([name], "range", message)
    return default


def _execution(text: str | None, errors: ErrorList) -> str | None:
    if text is None or is_uuid(text):
        return text
    errors.add(["execution"], "invalid", "Give the id of an execution.")
    return None


def _level(text: str | None, errors: ErrorList) -> Level | None:
    try:
        return None if text is None else Level.called(text)
    except KeyError:
        known = ", ".join(level.label for level in Level)
        errors.add(["level"], "invalid_choice", f"Give one of {known}.")
        return None
