"""Job types: what can be submitted."""

from __future__ import annotations

from functools import cache
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from jobs import types
from jobs.api import shapes
from jobs.api.schema import problems
from jobs.api.views.base import ApiView


@cache
def describe(kind: types.JobType) -> dict[str, Any]:
    """A job type in the shape of the API."""
    return {
        "name": kind.name,
        "description": kind.description,
        "payload_schema": kind.payload.json_schema(),
        "result_schema": kind.result.json_schema(mode="serialization"),
        "chunkable": kind.chunkable,
        "load_balance_strategy": kind.load_balance_strategy,
        "timeout": kind.timeout,
        "max_attempts": kind.max_attempts,
    }


class JobTypes(ApiView):
    """Everything that can be submitted, with the JSON Schema of payload and result."""

    @extend_schema(operation_id="job_types_list", responses=shapes.JobTypes)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """All job types."""
        results = [describe(kind) for kind in types.all_types()]
        return Response({"next": None, "previous": None, "results": results})


class OneJobType(ApiView):
    """One job type."""

    @extend_schema(
        operation_id="job_types_retrieve", responses={200: shapes.JobType, **problems(404)}
    )
    def get(self, request: Request, name: str) -> Response:  # noqa: ARG002
        """One job type, by its name in snake_case or PascalCase."""
        return Response(describe(types.get(name)))
