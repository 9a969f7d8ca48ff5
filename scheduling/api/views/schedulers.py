"""Schedulers: the dispatcher and beat processes that are alive, and which of them lead."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.api.views.base import ListView
from scheduling.api import queries, shapes
from scheduling.api.filters import SchedulerFilter


class Schedulers(ListView):
    """All dispatcher and beat processes."""

    orderings = {"role": "role", "started_at": "started_at"}
    ordering = "role"
    filterset_class = SchedulerFilter

    def get_queryset(self) -> QuerySet[Any]:
        """All schedulers."""
        return queries.schedulers()

    @extend_schema(operation_id="schedulers_list", responses=shapes.Scheduler)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of schedulers."""
        return super().get(request, *args, **kwargs)
