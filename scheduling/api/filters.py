"""What lists of tasks and calendars can be narrowed to."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from executors.models import Process
from executors.processes.roles import LED
from jobs import types
from jobs.api.filtering import Choice
from jobs.errors import UnknownJobType
from scheduling.choices import CalendarMode, ExecutionMode
from scheduling.defining.lookup import find_task
from scheduling.models import Backfill, Calendar, Task

TRUTH = {"true": True, "false": False}


class TaskFilter(filters.FilterSet):
    """What a list of tasks can be narrowed to."""

    name = filters.CharFilter(
        "periodic_task__name",
        lookup_expr="icontains",
        label="Name",
        max_length=200,
        help_text="Text in the name, in any case.",
    )
    type = filters.CharFilter(
        method="by_type",
        label="Type",
        max_length=100,
        help_text="A job type, in snake_case or PascalCase.",
    )
    enabled = Choice(TRUTH, "Enabled", "Whether it has ticks.", method="by_enabled")
    execution_mode = Choice(ExecutionMode, "Execution mode", "One mode.")
    calendar = filters.CharFilter(
        "calendar__name", label="Calendar", max_length=200, help_text="A calendar's name."
    )
    has_problem = Choice(
        TRUTH,
        "Has a problem",
        "Whether its last tick could not be made into a job to run.",
        method="by_problem",
    )

    class Meta:
        model = Task
        fields: list[str] = []

    def by_type(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:  # noqa: ARG002
        """Tasks of the type, which may be one that is not registered any more."""
        with suppress(UnknownJobType):
            value = types.get(value).name
        return queryset.filter(type=value)

    def by_enabled(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:  # noqa: ARG002
        """Tasks that have ticks, or that are paused."""
        return queryset.filter(periodic_task__enabled=TRUTH[value])

    def by_problem(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:  # noqa: ARG002
        """Tasks with a problem, or those without."""
        return queryset.filter(problem__isnull=not TRUTH[value])


class BackfillFilter(filters.FilterSet):
    """What a list of backfills can be narrowed to."""

    task = filters.CharFilter(
        method="by_task", label="Task", max_length=200, help_text="A task's name or id."
    )
    running = Choice(TRUTH, "Running", "Whether it makes jobs yet.", method="by_running")

    class Meta:
        model = Backfill
        fields: list[str] = []

    def by_task(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:  # noqa: ARG002
        """Backfills of the task; none if there is no such task."""
        found = find_task(value)
        return queryset.filter(task_id=found) if found else queryset.none()

    def by_running(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:  # noqa: ARG002
        """Backfills that go on, or that have ended."""
        return queryset.filter(ended_at__isnull=TRUTH[value])


class CalendarFilter(filters.FilterSet):
    """What a list of calendars can be narrowed to."""

    name = filters.CharFilter(
        lookup_expr="icontains",
        label="Name",
        max_length=200,
        help_text="Text in the name, in any case.",
    )
    mode = Choice(CalendarMode, "Mode", "What its rules name.")

    class Meta:
        model = Calendar
        fields: list[str] = []


class SchedulerFilter(filters.FilterSet):
    """What a list of schedulers can be narrowed to."""

    role = Choice(LED, "Role", "Dispatchers, or beats.")

    class Meta:
        model = Process
        fields: list[str] = []
