"""The HTTP executors that a task is linked to."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.api.schema import problems
from jobs.api.views.base import ApiView
from scheduling.api import queries, shapes
from scheduling.defining.links import LinksRequest, remove_links, replace_links
from scheduling.defining.lookup import task_id


class TaskLinks(ApiView):
    """The executors of a task. A PUT replaces all of them: name also those that are to stay.

    A DELETE removes all.
    """

    example = {"executors": [{"executor": "sample-executor:executor-001", "priority": 1}]}

    @extend_schema(
        operation_id="tasks_executors_list", responses={200: shapes.TaskLinks, **problems(404)}
    )
    def get(self, request: Request, name: str) -> Response:  # noqa: ARG002
        """The executors that a task is linked to, with their priority and weight."""
        return _answer(task_id(name))

    @extend_schema(
        operation_id="tasks_executors_replace",
        request=LinksRequest,
        responses={200: shapes.TaskLinks, **problems(400, 404)},
    )
    def put(self, request: Request, name: str) -> Response:
        """Links a task to these executors, and to no others: it replaces all links."""
        found = task_id(name)
        replace_links(found, request.data)
        return _answer(found)

    @extend_schema(operation_id="tasks_executors_delete", responses={204: None, **problems(404)})
    def delete(self, request: Request, name: str) -> Response:  # noqa: ARG002
        """Links a task to no executor."""
        remove_links(task_id(name))
        return Response(status=204)


def _answer(task: str) -> Response:
    return Response({"executors": queries.task(task)["executors"]})
