"""Filters of lists of tasks."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter

from jobs import types


class EnabledFilter(DropdownFilter):
    """Tasks that have ticks, that are paused, or whose last tick went wrong."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The three."""
        del request, model_admin
        return [("enabled", "enabled"), ("paused", "paused"), ("problem", "with a problem")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The tasks of the chosen kind."""
        del request
        if self.value() == "problem":
            return queryset.filter(problem__isnull=False)
        if self.value() in {"enabled", "paused"}:
            return queryset.filter(periodic_task__enabled=self.value() == "enabled")
        return queryset


class TypeFilter(DropdownFilter):
    """Tasks whose jobs have a type."""

    title = "type"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All registered types."""
        del request, model_admin
        return [(job_type.name, job_type.name) for job_type in types.all_types()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The tasks of the chosen type."""
        del request
        return queryset.filter(type=self.value()) if self.value() else queryset
