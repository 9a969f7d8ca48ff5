"""The admin's actions on executors: what the API's status does, by a person."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest

from executors.models import Executor
from executors.states import ExecutorStatus
from executors.status import set_status
from jobs.errors import CeleriacError
from jobs.permissions import Role, roles_of
from jobs.sql import retry_on_deadlock
from jobs.wake import wake_dispatcher

LIMIT = 500
"""Executors in one action."""


class SteeringMixin:
    """Actions to drain and resume executors, and to set those over HTTP offline, for operators."""

    actions: Any = ("drain", "resume", "set_offline")

    def has_steer_permission(self, request: HttpRequest) -> bool:
        """Whether the user may steer executors."""
        return Role.OPERATOR in roles_of(request.user)

    @admin.action(description="Drain", permissions=["steer"])
    def drain(self, request: HttpRequest, queryset: QuerySet[Executor]) -> None:
        """Has them end what they have and take nothing new."""
        _set(request, queryset, ExecutorStatus.DRAINING)

    @admin.action(description="Resume", permissions=["steer"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Executor]) -> None:
        """Has them take work again."""
        _set(request, queryset, ExecutorStatus.ONLINE)

    @admin.action(description="Set offline", permissions=["steer"])
    def set_offline(self, request: HttpRequest, queryset: QuerySet[Executor]) -> None:
        """Has HTTP executors lose what they have, and take nothing new."""
        _set(request, queryset, ExecutorStatus.OFFLINE)


def _set(request: HttpRequest, queryset: QuerySet[Executor], status: ExecutorStatus) -> None:
    actor, done = request.user.get_username(), 0
    for id_, name in queryset.values_list("id", "name")[:LIMIT]:

        def change(executor_id: str = str(id_)) -> None:
            with connection.cursor() as cursor:
                set_status(cursor, executor_id, status, actor)

        try:
            retry_on_deadlock(change)
            done += 1
        except CeleriacError as error:
            messages.error(request, f"{name}: {error}")
    if done:
        wake_dispatcher()
        messages.success(request, f"Executors: {done} set {status}.")
