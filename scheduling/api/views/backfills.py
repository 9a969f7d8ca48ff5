"""Backfills: the ticks of a past span as jobs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.api.schema import problems
from jobs.api.views.base import ApiView, ListView, refuse_body
from scheduling.api import queries, shapes
from scheduling.api.filters import BackfillFilter
from scheduling.defining import backfill_requests
from scheduling.defining.lookup import task_id
from scheduling.defining.requests import BACKFILL_EXAMPLE, BackfillRequest


class BackfillTask(ApiView):
    """Make the ticks of a past span into jobs by a POST, or ask what that would be."""

    example = BACKFILL_EXAMPLE

    @extend_schema(
        operation_id="tasks_backfill",
        request=BackfillRequest,
        responses={201: shapes.Backfill, 200: shapes.DryBackfill, **problems(400, 404, 409)},
    )
    def post(self, request: Request, name: str) -> Response:
        """Starts a backfill, which beat feeds: `concurrency` unfinished jobs at once.

        The tick is the job's `scheduled_for`; one that has a job already gets no second one. A
        dry run answers 200 with the ticks and changes nothing.
        """
        actor = request.user.get_username()
        asked = backfill_requests.ask(task_id(name), request.data, actor)
        if asked.id is None:
            return Response(queries.present_dry(asked))
        location = reverse("backfill", args=[asked.id])
        return Response(queries.backfill(asked.id), status=201, headers={"Location": location})


class Backfills(ListView):
    """All backfills, the newest first."""

    filterset_class = BackfillFilter

    def get_queryset(self) -> QuerySet[Any]:
        """All backfills."""
        return queries.backfills()

    def present(self, row: dict[str, Any]) -> dict[str, Any]:
        """A backfill in the words of the API."""
        return queries.present_backfill(row)

    @extend_schema(operation_id="backfills_list", responses=shapes.Backfill)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of backfills."""
        return super().get(request, *args, **kwargs)


class OneBackfill(ApiView):
    """One backfill."""

    @extend_schema(
        operation_id="backfills_retrieve", responses={200: shapes.Backfill, **problems(404)}
    )
    def get(self, request: Request, backfill_id: UUID) -> Response:  # noqa: ARG002
        """One backfill: how far it is."""
        return Response(queries.backfill(str(backfill_id)))


class CancelBackfill(ApiView):
    """End a backfill by a POST without a body."""

    @extend_schema(
        operation_id="backfills_cancel", request=None,
        responses={200: shapes.Backfill, **problems(400, 404, 409)},
    )  # fmt: skip
    def post(self, request: Request, backfill_id: UUID) -> Response:
        """Makes no more jobs; those that it made go on."""
        refuse_body(request)
        backfill_requests.cancel(str(backfill_id))
        return Response(queries.backfill(str(backfill_id)))
