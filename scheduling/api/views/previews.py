"""When a schedule fires next: that of a task, or one that is not saved yet."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.api.schema import problems
from jobs.api.views.base import ApiView
from jobs.invalid import ErrorList
from jobs.permissions import Role
from scheduling import cron
from scheduling.api import queries, shapes
from scheduling.cron import Schedule
from scheduling.defining import lookup, timetables
from scheduling.defining.lookup import task_id
from scheduling.defining.preview import preview
from scheduling.defining.reading import read_preview
from scheduling.defining.requests import COUNT_MAX, PREVIEW_EXAMPLE, PreviewRequest
from scheduling.misfire import Rules

COUNT = OpenApiParameter(
    "count", OpenApiTypes.INT, description=f"Ticks, from 1 to {COUNT_MAX}.", default=10
)


class TaskPreview(ApiView):
    """The next ticks of a task."""

    @extend_schema(
        operation_id="tasks_preview",
        parameters=[COUNT],
        responses={200: shapes.Preview, **problems(400, 404, 409)},
    )
    def get(self, request: Request, name: str) -> Response:
        """The next ticks, as if it were enabled; of `@after`, one, were its job to end now."""
        count = _read_count(request)
        task = queries.task(task_id(name))
        schedule, rules = (found := timetables.of_task(str(task["id"]))).schedule, found.rules
        now = lookup.context_for_task().now
        return Response(_answer(task, schedule, rules, now, count))


class SchedulePreview(ApiView):
    """The next ticks of a schedule that is not saved yet."""

    write_role = Role.VIEWER
    example = PREVIEW_EXAMPLE

    @extend_schema(
        operation_id="schedules_preview",
        request=PreviewRequest,
        responses={200: shapes.Preview, **problems(400)},
    )
    def post(self, request: Request) -> Response:
        """The next ticks of a schedule, or what is wrong with it."""
        context = lookup.context_for_task()
        found, plan = read_preview(request.data, context)
        fields = found.model_dump()
        return Response(_answer(fields, plan.schedule, plan.rules, context.now, found.count))


def _answer(
    fields: dict[str, Any], schedule: Schedule | None, rules: Rules, now: datetime, count: int
) -> dict[str, Any]:
    zone = cron.find_zone(fields["timezone"])
    ticks = preview(schedule, rules, zone, now, count) if schedule else []
    return {
        "cron_expression": fields["cron_expression"],
        "timezone": fields["timezone"],
        "schedule": schedule and schedule.describe(),
        "ticks": [tick._asdict() for tick in ticks],
    }


def _read_count(request: Request) -> int:
    errors = ErrorList()
    for name in request.query_params.keys() - {"count", "format"}:
        errors.add([name], "unknown_parameter", "There is no such parameter; there is count.")
    text = request.query_params.get("count", "10")
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= COUNT_MAX):
        errors.add(["count"], "range", f"Give a whole number from 1 to {COUNT_MAX}.")
    errors.check()
    return int(text)
