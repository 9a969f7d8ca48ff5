"""Executors and executions, to look at."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from executors.api import queries, shapes
from executors.api.access import OTHER_GROUP, called, find, group_of
from executors.errors import ExecutorNotFound
from executors.members.withdrawing import withdraw
from executors.models import Execution, Executor
from executors.states import ExecutionKind, ExecutionState, ExecutorStatus, Protocol
from jobs.api.filtering import Choices, Made
from jobs.api.queries import require_job
from jobs.api.schema import problems
from jobs.api.tasks import TaskFilter
from jobs.api.views.base import ApiView, ListView
from jobs.permissions import Role, roles_of, speaks_for


class ExecutorFilter(filters.FilterSet):
    """What a list of executors can be narrowed to."""

    status = Choices(ExecutorStatus, "Status", "One or more states.")
    protocol = Choices(Protocol, "Protocol", "How it is talked to: one or more.")
    group = filters.CharFilter(
        "member__group", label="Group", max_length=100, help_text="A group of HTTP executors."
    )

    class Meta:
        model = Executor
        fields: list[str] = []


class ExecutionFilter(filters.FilterSet):
    """What a list of executions can be narrowed to."""

    state = Choices(ExecutionState, "State", "One or more states.")
    kind = Choices(ExecutionKind, "Kind", "Whole jobs, chunks, or the combining of chunks.")
    executor = filters.CharFilter(
        "executor__name", label="Executor", max_length=200, help_text="Its name."
    )
    job = filters.UUIDFilter("job_id", label="Job", help_text="Its id.")
    lease = filters.UUIDFilter("lease_id", label="Lease", help_text="Its id.")
    task = TaskFilter("job__task_id")
    created_after = Made("Made at or after", "gte")
    created_before = Made("Made before", "lt")

    quick = ("created_after", "created_before", "job", "lease")

    class Meta:
        model = Execution
        fields: list[str] = []


class Executors(ListView):
    """All executors, by name."""

    orderings = {"name": "name"}
    ordering = "name"
    key = "name"
    filterset_class = ExecutorFilter

    def get_queryset(self) -> QuerySet[Any]:
        """All executors."""
        return queries.executors()

    def present(self, row: dict[str, Any]) -> dict[str, Any]:
        """An executor with what it has over HTTP."""
        return queries.present_executor(row)

    @extend_schema(operation_id="executors_list", responses=shapes.Executor)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of executors."""
        return super().get(request, *args, **kwargs)


class OneExecutor(ApiView):
    """One executor. Remove it by a DELETE."""

    write_role = Role.EXECUTOR

    @extend_schema(
        operation_id="executors_retrieve", responses={200: shapes.Executor, **problems(404)}
    )
    def get(self, request: Request, name: str) -> Response:  # noqa: ARG002
        """One executor, by its name or its id."""
        found = queries.executors().filter(called(name)).first()
        if found is None:
            raise ExecutorNotFound(name=name)
        return Response(queries.present_executor(found))

    @extend_schema(operation_id="executors_delete", responses={204: None, **problems(404, 409)})
    def delete(self, request: Request, name: str) -> Response:
        """Removes an executor; what it works on is lost.

        Takes the role admin, or a token for its group. Of Celery workers, only one that is
        offline can be removed.
        """
        executor = find(name)
        group = group_of(executor)
        is_admin = Role.ADMIN in roles_of(request.user)
        if not is_admin and (group is None or not speaks_for(request.user, group)):
            raise PermissionDenied(OTHER_GROUP.format(group or executor.name))
        withdraw(str(executor.id))
        return Response(status=204)


class Executions(ListView):
    """All executions, the newest first."""

    filterset_class = ExecutionFilter

    def get_queryset(self) -> QuerySet[Any]:
        """All executions."""
        return queries.executions()

    def present(self, row: dict[str, Any]) -> dict[str, Any]:
        """An execution with its executor's name."""
        return queries.present(row)

    @extend_schema(operation_id="executions_list", responses=shapes.Execution)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of executions."""
        return super().get(request, *args, **kwargs)


class JobExecutions(Executions):
    """The executions of one job, the newest first."""

    def get_queryset(self) -> QuerySet[Any]:
        """The executions of the job in the URL."""
        return super().get_queryset().filter(job_id=self.kwargs.get("job_id"))

    @extend_schema(
        operation_id="jobs_executions_list", responses={200: shapes.Execution, **problems(404)}
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of the job's executions."""
        require_job(kwargs["job_id"])
        return super().get(request, *args, **kwargs)
