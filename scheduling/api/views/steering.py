"""One task: trigger it, pause it, and look at what it made."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.api import queries as job_queries
from jobs.api import shapes as job_shapes
from jobs.api.schema import problems
from jobs.api.views.base import ApiView, ListView, refuse_body
from jobs.api.views.job import job_url
from scheduling.api import queries, shapes
from scheduling.defining import editing
from scheduling.defining.lookup import task_id
from scheduling.defining.requests import TriggerRequest


class TriggerTask(ApiView):
    """Make a job of a task at once, by a POST with an empty body or with what is to differ."""

    example = {"priority": 9}

    @extend_schema(
        operation_id="tasks_trigger",
        request=TriggerRequest,
        responses={201: job_shapes.Job, **problems(400, 404, 413)},
    )
    def post(self, request: Request, name: str) -> Response:
        """Triggers a task, be it enabled or paused.

        Its execution mode decides here too: a job that it drops is answered as it is stored,
        `cancelled` with the error code `skipped`.
        """
        job_id = editing.trigger(task_id(name), request.data, request.user.get_username())
        job = job_queries.job(job_id)
        return Response(job, status=201, headers={"Location": job_url(job_id)})


class PauseTask(ApiView):
    """Pause a task by a POST without a body."""

    enabled = False

    @extend_schema(
        operation_id="tasks_pause", request=None,
        responses={200: shapes.Task, **problems(400, 404)},
    )  # fmt: skip
    def post(self, request: Request, name: str) -> Response:
        """Ends the ticks of a task; what it made already goes on."""
        refuse_body(request)
        found = task_id(name)
        editing.set_enabled(found, self.enabled)
        return Response(queries.task(found))


class ResumeTask(PauseTask):
    """Have a paused task go on by a POST without a body."""

    enabled = True

    @extend_schema(
        operation_id="tasks_resume", request=None,
        responses={200: shapes.Task, **problems(400, 404)},
    )  # fmt: skip
    def post(self, request: Request, name: str) -> Response:
        """Lets a task have ticks again; those of its pause are not made up for."""
        return super().post(request, name)


class TaskHistory(ListView):
    """The jobs that a task made, the newest first: those that ran, and those that were dropped."""

    orderings = {"created_at": "id"}

    def get_queryset(self) -> QuerySet[Any]:
        """The jobs of the task in the URL."""
        return queries.history(self.kwargs.get("task"))

    def present(self, row: dict[str, Any]) -> dict[str, Any]:
        """A job as an entry of the history."""
        return queries.present_entry(row)

    @extend_schema(
        operation_id="tasks_executions_list",
        responses={200: shapes.HistoryEntry, **problems(404)},
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of the history; `/api/v1/executions?task=` has each attempt."""
        self.kwargs["task"] = task_id(kwargs["name"])
        return super().get(request, *args, **kwargs)
