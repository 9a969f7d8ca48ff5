"""What HTTP executors say of themselves, and what becomes of them."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from executors.api import queries, shapes
from executors.api.access import OTHER_GROUP, OperatorOrExecutor, find, group_of, is_its_own
from executors.errors import ExecutorNotFound
from executors.members import heartbeat
from executors.members.requests import HeartbeatRequest, StatusRequest
from executors.models import Executor, HealthCheck
from executors.status import set_status
from jobs.api.schema import problems
from jobs.api.views.base import ApiView, ListView
from jobs.permissions import Role, roles_of, speaks_for
from jobs.reading import read
from jobs.sql import retry_on_deadlock
from jobs.wake import wake_dispatcher


class Heartbeat(ApiView):
    """An HTTP executor says that it lives."""

    write_role = Role.EXECUTOR
    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="executors_heartbeat",
        request=HeartbeatRequest,
        responses={200: shapes.Heard, **problems(400, 404)},
    )
    def post(self, request: Request, name: str) -> Response:
        """Notes that an HTTP executor lives, and answers what it is to stop.

        Ask for a new registration where this answers 404: somebody removed the executor.
        """
        executor = _member(name)
        _check_group(request, executor)
        body = read(HeartbeatRequest, {} if request.data is None else request.data)
        ids = None if body.executions is None else [str(one) for one in body.executions]
        id_ = str(executor.id)

        def note() -> heartbeat.Heard:
            with connection.cursor() as cursor:
                return heartbeat.beat(cursor, id_, ids)

        heard = retry_on_deadlock(note)
        if heard.lost:
            wake_dispatcher()
        return Response({"status": heard.status, "cancel": heard.cancel})


class Status(ApiView):
    """Have an executor drain, resume or go offline by a PATCH."""

    permission_classes = [OperatorOrExecutor]
    example = {"status": "draining"}
    http_method_names = ["patch", "options"]

    @extend_schema(
        operation_id="executors_set_status",
        request=StatusRequest,
        responses={200: shapes.Executor, **problems(400, 404, 409)},
    )
    def patch(self, request: Request, name: str) -> Response:
        """Sets the status of an executor.

        Draining, it ends what it has and takes nothing new until somebody sets it online. Only
        HTTP executors can be set offline, by which they lose what they have.
        """
        executor = find(name)
        by_itself = is_its_own(request, executor)
        if not (by_itself or Role.OPERATOR in roles_of(request.user)):
            raise PermissionDenied(OTHER_GROUP.format(group_of(executor) or executor.name))
        wanted = read(StatusRequest, request.data).status
        actor, id_ = request.user.get_username(), str(executor.id)

        def change() -> None:
            transaction.on_commit(wake_dispatcher, robust=True)
            with connection.cursor() as cursor:
                set_status(cursor, id_, wanted, actor, by_itself=by_itself)

        retry_on_deadlock(change)
        return Response(queries.executor(id_))


class Health(ListView):
    """What checks of an HTTP executor found, the newest first."""

    orderings = {"at": "id"}
    ordering = "-at"

    def get_queryset(self) -> QuerySet[Any]:
        """The checks of the executor in the URL."""
        return HealthCheck.objects.values("id", "at", "healthy", "seconds", "detail")

    @extend_schema(
        operation_id="executors_health_list",
        responses={200: shapes.HealthCheck, **problems(404)},
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of checks."""
        return super().get(request, *args, **kwargs)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the executor alone; raises `ExecutorNotFound`."""
        executor = find(self.kwargs["name"])
        return super().filter_queryset(queryset).filter(executor=executor.id)

    def present(self, row: dict[str, Any]) -> dict[str, Any]:
        """A check without its number."""
        return {name: row[name] for name in shapes.HealthCheck.model_fields}


def _member(name: str) -> Executor:
    """An HTTP executor: others have no heartbeats over HTTP."""
    executor = find(name)
    if group_of(executor) is None:
        raise ExecutorNotFound(name=name)
    return executor


def _check_group(request: Request, executor: Executor) -> None:
    group = group_of(executor) or ""
    if not speaks_for(request.user, group):
        raise PermissionDenied(OTHER_GROUP.format(group))
