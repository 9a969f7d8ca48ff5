"""Jobs: submit one or many, and list them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.api import actions, queries, shapes
from jobs.api.filters import SCOPES, JobFilter
from jobs.api.schema import problems
from jobs.api.views.base import ApiView, ListView
from jobs.api.views.job import job_url
from jobs.reading import read_job, read_jobs
from jobs.requests import BulkRequest, JobRequest

EXAMPLE = {"type": "add_numbers", "payload": {"a": 1, "b": 2}, "name": "my first job"}


class Jobs(ListView):
    """All jobs, the newest first. Submit one by a POST."""

    orderings = {"created_at": "id", "completed_at": "completed_at", "priority": "priority"}
    filterset_class = JobFilter
    example = EXAMPLE

    def get_queryset(self) -> QuerySet[Any]:
        """All jobs."""
        return queries.jobs()

    @extend_schema(operation_id="jobs_list", responses=shapes.Job)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of jobs."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="jobs_submit",
        request=JobRequest,
        responses={201: shapes.Job, 200: shapes.Job, **problems(400, 413)},
    )
    def post(self, request: Request) -> Response:
        """Submits a job.

        Answers 200 with the job that there is, if one with the same `unique_key` is not final.
        """
        [submitted] = actions.submit([read_job(request.data, request.user.get_username())])
        job = queries.job(submitted.id)
        if not submitted.created:
            return Response(job)
        return Response(job, status=201, headers={"Location": job_url(submitted.id)})


@extend_schema_view(
    get=extend_schema(operation_id="active_jobs_list"),
    post=extend_schema(operation_id="active_jobs_submit"),
)
class ActiveJobs(Jobs):
    """Jobs that still change, the newest first. Submit one by a POST."""

    def get_queryset(self) -> QuerySet[Any]:
        """Jobs that are not final."""
        return super().get_queryset().filter(SCOPES["active"])


@extend_schema_view(get=extend_schema(operation_id="stored_jobs_list"))
class StoredJobs(Jobs):
    """Final jobs, the newest first."""

    http_method_names = ["get", "head", "options"]

    def get_queryset(self) -> QuerySet[Any]:
        """Jobs that are final."""
        return super().get_queryset().filter(SCOPES["history"])


class BulkJobs(ApiView):
    """Submit many jobs by one POST: all of them or, if one is wrong, none."""

    example = {"jobs": [EXAMPLE, {"type": "reverse_string", "payload": {"text": "Celeriac"}}]}

    @extend_schema(
        operation_id="jobs_submit_bulk",
        request=BulkRequest,
        responses={201: shapes.JobIds, **problems(400, 413)},
    )
    def post(self, request: Request) -> Response:
        """Submits many jobs; errors are named by index, such as `jobs[3].payload.a`."""
        submitted = actions.submit(read_jobs(request.data, request.user.get_username()))
        return Response({"ids": [job.id for job in submitted]}, status=201)
