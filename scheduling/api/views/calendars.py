"""Calendars: make them, list them, look at one and change it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.api.schema import problems
from jobs.api.views.base import ApiView, ListView
from scheduling.api import queries, shapes
from scheduling.api.filters import CalendarFilter
from scheduling.api.schema import partial
from scheduling.defining import calendar_editing
from scheduling.defining.lookup import calendar_id
from scheduling.defining.requests import CALENDAR_EXAMPLE, CalendarRequest


class Calendars(ListView):
    """All calendars, by name. Make one by a POST."""

    orderings = {"name": "name", "created_at": "id"}
    ordering = "name"
    filterset_class = CalendarFilter
    example = CALENDAR_EXAMPLE

    def get_queryset(self) -> QuerySet[Any]:
        """All calendars."""
        return queries.calendars()

    def present(self, row: dict[str, Any]) -> dict[str, Any]:
        """A calendar with how many tasks refer to it."""
        return queries.present_calendar(row)

    @extend_schema(operation_id="calendars_list", responses=shapes.Calendar)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of calendars."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="calendars_create",
        request=CalendarRequest,
        responses={201: shapes.Calendar, **problems(400, 409)},
    )
    def post(self, request: Request) -> Response:
        """Makes a calendar, for tasks to refer to by its name."""
        made = calendar_editing.create(request.data)
        location = reverse("calendar", args=[made])
        return Response(queries.calendar(made), status=201, headers={"Location": location})


class OneCalendar(ApiView):
    """One calendar, by its name or its id. Change it by a PUT or a PATCH, or DELETE it."""

    example = {"description": "of the office in Berlin"}

    @extend_schema(
        operation_id="calendars_retrieve", responses={200: shapes.Calendar, **problems(404)}
    )
    def get(self, request: Request, name: str) -> Response:  # noqa: ARG002
        """One calendar."""
        return Response(queries.calendar(calendar_id(name)))

    @extend_schema(
        operation_id="calendars_replace",
        request=CalendarRequest,
        responses={200: shapes.Calendar, **problems(400, 404, 409)},
    )
    def put(self, request: Request, name: str) -> Response:
        """Replaces all that a calendar says; the tasks that refer to it follow at once."""
        return self._edit(request, name, whole=True)

    @extend_schema(
        operation_id="calendars_change",
        request=partial(CalendarRequest),
        responses={200: shapes.Calendar, **problems(400, 404, 409)},
    )
    def patch(self, request: Request, name: str) -> Response:
        """Changes the fields that are given."""
        return self._edit(request, name, whole=False)

    @extend_schema(operation_id="calendars_delete", responses={204: None, **problems(404, 409)})
    def delete(self, request: Request, name: str) -> Response:  # noqa: ARG002
        """Removes a calendar that no task refers to."""
        calendar_editing.delete(calendar_id(name))
        return Response(status=204)

    def _edit(self, request: Request, name: str, *, whole: bool) -> Response:
        found = calendar_id(name)
        calendar_editing.replace(found, request.data, whole=whole)
        return Response(queries.calendar(found))
