"""What a list of jobs can be narrowed to."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters

from jobs import types
from jobs.api.filtering import Choice, Choices, Moment
from jobs.api.tasks import TaskFilter
from jobs.errors import UnknownJobType
from jobs.models import Job
from jobs.states import ACTIVE, FINAL, JobState

# Each as one of the table's partial indexes has it.
SCOPES = {"active": Q(is_active=True), "history": Q(completed_at__isnull=False)}


class JobFilter(filters.FilterSet):
    """What a list of jobs can be narrowed to."""

    scope = Choice(SCOPES, "Scope", "Jobs that still change, or final ones.", method="by_scope")
    status = Choices(JobState, "Status", "One or more states.", method="by_status")
    type = filters.CharFilter(
        method="by_type",
        label="Type",
        max_length=100,
        help_text="A job type, in snake_case or PascalCase.",
    )
    priority = Choice(range(10), "Priority", "From 0 to 9.")
    executor = filters.CharFilter(label="Executor", max_length=200, help_text="An executor's name.")
    name = filters.CharFilter(
        lookup_expr="icontains",
        label="Name",
        max_length=200,
        help_text="Text in the name, in any case.",
    )
    task = TaskFilter("task_id")
    created_after = Moment("Created at or after", "created_at", "gte")
    created_before = Moment("Created before", "created_at", "lt")
    completed_after = Moment("Completed at or after", "completed_at", "gte")
    completed_before = Moment("Completed before", "completed_at", "lt")

    class Meta:
        model = Job
        fields: list[str] = []

    def by_scope(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:  # noqa: ARG002
        """Jobs of the scope."""
        return queryset.filter(SCOPES[value])

    def by_status(self, queryset: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:  # noqa: ARG002
        """Jobs in these states, with what lets an index find those that may be few."""
        if not value:
            return queryset
        if ACTIVE.issuperset(value):
            queryset = queryset.filter(SCOPES["active"])
        elif value == [JobState.FAILED]:
            queryset = queryset.filter(error__isnull=False)
        elif FINAL.issuperset(value):
            queryset = queryset.filter(SCOPES["history"])
        return queryset.filter(status__in=value)

    def by_type(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:  # noqa: ARG002
        """Jobs of the type, which may be one that is not registered any more."""
        with suppress(UnknownJobType):
            value = types.get(value).name
        return queryset.filter(type=value)
