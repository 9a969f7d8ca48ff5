"""One job: look at it, and steer it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from jobs import cache
from jobs.api import actions, queries, shapes
from jobs.api.schema import problems
from jobs.api.views.base import ApiView, ListView, refuse_body
from jobs.reading import read
from jobs.requests import PriorityChange


class OneJob(ApiView):
    """One job. Change its priority by a PATCH, while it waits."""

    example = {"priority": 7}

    @extend_schema(operation_id="jobs_retrieve", responses={200: shapes.Job, **problems(404)})
    def get(self, request: Request, job_id: UUID) -> Response:  # noqa: ARG002
        """One job."""
        job = cache.get(job_id)
        if job is None:
            job = queries.job(job_id)
            cache.put(job)
        return Response(job)

    @extend_schema(
        operation_id="jobs_set_priority",
        request=PriorityChange,
        responses={200: shapes.Job, **problems(400, 404, 409)},
    )
    def patch(self, request: Request, job_id: UUID) -> Response:
        """Changes the priority of a job that waits."""
        priority = read(PriorityChange, request.data).priority
        return Response(actions.set_priority(str(job_id), priority, request.user.get_username()))


@extend_schema_view(get=extend_schema(operation_id="active_jobs_retrieve"))
class ActiveJob(OneJob):
    """One job."""

    http_method_names = ["get", "head", "options"]


@extend_schema_view(get=extend_schema(operation_id="stored_jobs_retrieve"))
class StoredJob(OneJob):
    """One job."""

    http_method_names = ["get", "head", "options"]


class CancelJob(ApiView):
    """Cancel a job by a POST without a body."""

    @extend_schema(
        operation_id="jobs_cancel", request=None,
        responses={200: shapes.Job, **problems(400, 404, 409)},
    )  # fmt: skip
    def post(self, request: Request, job_id: UUID) -> Response:
        """Cancels a job that waits at once; asks a running one to stop."""
        refuse_body(request)
        return Response(actions.cancel(str(job_id), request.user.get_username()))


class RetryJob(ApiView):
    """Run a finished job again by a POST without a body."""

    @extend_schema(
        operation_id="jobs_retry",
        request=None,
        responses={201: shapes.Job, 200: shapes.Job, **problems(400, 404, 409)},
    )
    def post(self, request: Request, job_id: UUID) -> Response:
        """Submits a copy of a finished job, whose `retry_of` it is.

        Answers 200 with the job that there is, if one with the same `unique_key` is not final.
        """
        refuse_body(request)
        submitted = actions.retry(str(job_id), request.user.get_username())
        job = queries.job(submitted.id)
        if not submitted.created:
            return Response(job)
        return Response(job, status=201, headers={"Location": job_url(submitted.id)})


class JobEvents(ListView):
    """What was out of the ordinary in the life of a job; a normal life has none."""

    orderings = {"at": "id"}
    ordering = "at"

    def get_queryset(self) -> QuerySet[Any]:
        """The events of the job in the URL."""
        return queries.events(self.kwargs.get("job_id"))

    @extend_schema(
        operation_id="jobs_events_list", responses={200: shapes.JobEvent, **problems(404)}
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of events."""
        queries.require_job(kwargs["job_id"])
        return super().get(request, *args, **kwargs)


def job_url(job_id: object) -> str:
    """Where a job is."""
    return reverse("job", args=[job_id])
