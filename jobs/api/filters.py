"""What a list of jobs can be narrowed to."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters

from jobs import types
from jobs.api.filtering import Choice, Choices, Moment
from jobs.api.payload_filter import PayloadFilter
from jobs.api.tasks import TaskFilter
from jobs.errors import UnknownJobType
from jobs.ids import is_uuid, lowest_uuid7
from jobs.models import Job
from jobs.states import ACTIVE, FINAL, JobState

CLOCKS_APART = 3600.0
"""Seconds that a web process's clock, which made an id, may be from the database's, which says when
a job was created: within them, the primary key leads to the jobs of a time."""

PART_OF_ID = re.compile(r"…?([0-9a-fA-F-]{4,36})")

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
    q = filters.CharFilter(
        method="by_text",
        label="Text",
        max_length=200,
        help_text="Text in the name, in any case; an id or a part of one; a whole unique key.",
    )
    name = filters.CharFilter(
        lookup_expr="icontains",
        label="Name",
        max_length=200,
        help_text="Text in the name, in any case.",
    )
    task = TaskFilter("task_id")
    created_after = Moment("Created at or after", "created_at", "gte", method="since")
    created_before = Moment("Created before", "created_at", "lt", method="before")
    completed_after = Moment("Completed at or after", "completed_at", "gte")
    completed_before = Moment("Completed before", "completed_at", "lt")

    prefix_filter = PayloadFilter()
    quick = (
        "created_after", "created_before", "completed_after", "completed_before", "status", "scope",
        "task",
    )  # fmt: skip

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

    def by_text(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:  # noqa: ARG002
        """Jobs that a text names: by an index where it is a whole id."""
        if is_uuid(value):
            return queryset.filter(id=value)
        condition = Q(name__icontains=value) | Q(unique_key=value)
        if part := PART_OF_ID.fullmatch(value):
            condition |= Q(id__icontains=part[1])
        return queryset.filter(condition)

    def since(self, queryset: QuerySet[Any], name: str, value: datetime) -> QuerySet[Any]:  # noqa: ARG002
        """Jobs created at or after a time."""
        oldest = lowest_uuid7(value.timestamp() - CLOCKS_APART)
        return queryset.filter(created_at__gte=value, id__gte=oldest)

    def before(self, queryset: QuerySet[Any], name: str, value: datetime) -> QuerySet[Any]:  # noqa: ARG002
        """Jobs created before a time."""
        newest = lowest_uuid7(value.timestamp() + CLOCKS_APART)
        return queryset.filter(created_at__lt=value, id__lt=newest)

    def by_type(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:  # noqa: ARG002
        """Jobs of the type, which may be one that is not registered any more."""
        with suppress(UnknownJobType):
            value = types.get(value).name
        return queryset.filter(type=value)
