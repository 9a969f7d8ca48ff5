"""Processes that are no executors, to look at."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from executors.api import queries, shapes
from executors.models import Process
from executors.processes.roles import ProcessRole
from jobs.api.filtering import Choices
from jobs.api.views.base import ListView


class ProcessFilter(filters.FilterSet):
    """What a list of processes can be narrowed to."""

    role = Choices(ProcessRole, "Role", "One or more roles.")

    class Meta:
        model = Process
        fields: list[str] = []


class Processes(ListView):
    """All web processes, gateways, dispatchers and beats; Celery workers are in executors."""

    orderings = {"role": "role", "started_at": "started_at"}
    ordering = "role"
    filterset_class = ProcessFilter

    def get_queryset(self) -> QuerySet[Any]:
        """All processes."""
        return queries.processes()

    @extend_schema(operation_id="processes_list", responses=shapes.Process)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of processes."""
        return super().get(request, *args, **kwargs)
