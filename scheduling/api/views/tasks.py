"""Tasks: make them, list them, look at one and change it."""

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
from scheduling.api.filters import TaskFilter
from scheduling.api.schema import partial
from scheduling.defining import editing
from scheduling.defining.lookup import task_id
from scheduling.defining.requests import EXAMPLE, TaskRequest


class Tasks(ListView):
    """All tasks, the newest first. Make one by a POST."""

    orderings = {
        "created_at": "id",
        "name": "periodic_task__name",
        "next_run_at": "periodic_task__next_run__at",
    }
    filterset_class = TaskFilter
    example = EXAMPLE

    def get_queryset(self) -> QuerySet[Any]:
        """All tasks."""
        return queries.tasks()

    def present(self, row: dict[str, Any]) -> dict[str, Any]:
        """A task with its schedule in words."""
        return queries.present(row)

    @extend_schema(operation_id="tasks_list", responses=shapes.Task)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of tasks."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="tasks_create",
        request=TaskRequest,
        responses={201: shapes.Task, **problems(400, 409, 413)},
    )
    def post(self, request: Request) -> Response:
        """Makes a task, whose first tick is the first after now."""
        made = editing.create_task(request.data, request.user.get_username())
        location = reverse("task", args=[made])
        return Response(queries.task(made), status=201, headers={"Location": location})


class OneTask(ApiView):
    """One task, by its name or its id. Change it by a PUT or a PATCH, remove it by a DELETE."""

    example = {"priority": 7}

    @extend_schema(operation_id="tasks_retrieve", responses={200: shapes.Task, **problems(404)})
    def get(self, request: Request, name: str) -> Response:  # noqa: ARG002
        """One task."""
        return Response(queries.task(task_id(name)))

    @extend_schema(
        operation_id="tasks_replace",
        request=TaskRequest,
        responses={200: shapes.Task, **problems(400, 404, 409, 413)},
    )
    def put(self, request: Request, name: str) -> Response:
        """Replaces all that a task says; what is left out takes its default."""
        found = task_id(name)
        editing.replace_task(found, request.data)
        return Response(queries.task(found))

    @extend_schema(
        operation_id="tasks_change",
        request=partial(TaskRequest),
        responses={200: shapes.Task, **problems(400, 404, 409, 413)},
    )
    def patch(self, request: Request, name: str) -> Response:
        """Changes the fields that are given; beat follows within a second."""
        found = task_id(name)
        editing.change_task(found, request.data)
        return Response(queries.task(found))

    @extend_schema(operation_id="tasks_delete", responses={204: None, **problems(404)})
    def delete(self, request: Request, name: str) -> Response:  # noqa: ARG002
        """Removes a task; the jobs that it made stay."""
        editing.delete_task(task_id(name))
        return Response(status=204)
