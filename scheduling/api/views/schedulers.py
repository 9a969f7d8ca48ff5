"""Schedulers: the dispatcher and beat processes that are alive, and which of them lead."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from executors.api import queries, shapes
from executors.processes.roles import LED
from jobs.api.views.base import ListView
from scheduling.api.filters import SchedulerFilter


class Schedulers(ListView):
    """All dispatcher and beat processes."""

    orderings = {"role": "role", "started_at": "started_at"}
    ordering = "role"
    filterset_class = SchedulerFilter

    def get_queryset(self) -> QuerySet[Any]:
        """All schedulers."""
        return queries.processes().filter(role__in=LED)

    @extend_schema(operation_id="schedulers_list", responses=shapes.Process)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of schedulers."""
        return super().get(request, *args, **kwargs)
