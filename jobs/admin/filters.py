"""Filters of lists. Their choices are known without asking the table for distinct values."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter

from jobs import types
from jobs.admin.base import recent
from jobs.states import ACTIVE, JobState


class RecentFilter(DropdownFilter):
    """A filter on a column without an index: it looks among the latest rows only."""

    lookup: str

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows with the chosen value."""
        del request
        value = self.value()
        return queryset if value is None else recent(queryset).filter(**{self.lookup: value})


class StatusFilter(DropdownFilter):
    """By state, with the conditions that the indexes have."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All states."""
        del request, model_admin
        return [(state.value, state.value) for state in JobState]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The jobs in the chosen state; cancelled ones among the latest."""
        del request
        value = self.value()
        if value is None:
            return queryset
        if value in ACTIVE:
            queryset = queryset.filter(is_active=True)
        elif value == JobState.FAILED:
            queryset = queryset.filter(error__isnull=False)
        elif value == JobState.CANCELLED:
            queryset = recent(queryset)
        return queryset.filter(status=value)


class TypeFilter(RecentFilter):
    """By job type."""

    title = "type"
    parameter_name = "type"
    lookup = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All registered types."""
        del request, model_admin
        return [(job_type.name, job_type.name) for job_type in types.all_types()]


class PriorityFilter(RecentFilter):
    """By priority."""

    title = "priority"
    parameter_name = "priority"
    lookup = "priority"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The highest first."""
        del request, model_admin
        return [(str(priority), str(priority)) for priority in reversed(range(10))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows with the chosen priority; all for what is none."""
        known = {priority for priority, _ in self.lookup_choices}
        return super().queryset(request, queryset) if self.value() in known else queryset
