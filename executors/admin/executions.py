"""Attempts at jobs: their own pages, and the tables of them on the pages of jobs and leases."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from executors.admin.columns import (
    COLOURS,
    ExecutionColumns,
    ExecutorFilter,
    KindFilter,
    StateFilter,
    short,
)
from executors.admin.logs import LogOfExecution
from executors.models import Execution
from jobs.admin.base import LookOnlyAdmin, LookOnlyInline, as_json, link

WIDE = ("job__payload", "job__result", "job__error", "job__progress")
"""Columns of jobs that no list of executions shows."""


class ExecutionInline(ExecutionColumns, LookOnlyInline):
    """The attempts at a job, or in a lease."""

    model = Execution
    fields: tuple[str, ...] = (
        "page",
        "what",
        "state",
        "attempt",
        "executor_link",
        "lease_link",
        "started_at",
        "ran",
        "why",
    )
    readonly_fields: tuple[str, ...] = fields
    ordering = ("id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Execution]:
        """With the names of the executors."""
        queryset: QuerySet[Execution] = super().get_queryset(request)
        return queryset.select_related("executor")

    @display(description="execution")
    def page(self, execution: Execution) -> SafeString | str:
        """Its own page."""
        return link("executors_execution", execution.id, short(execution.id))

    @display(description="error")
    def why(self, execution: Execution) -> str:
        """Why it failed."""
        return str((execution.error or {}).get("message", "-"))[:300]


@admin.register(Execution)
class ExecutionAdmin(LogOfExecution, ExecutionColumns, LookOnlyAdmin):
    """Attempts at jobs."""

    list_display = (
        "short_id", "phase", "job_link", "what", "attempt", "executor_link", "lease_link",
        "started_at", "ran",
    )  # fmt: skip
    list_select_related = ("executor", "job")
    list_filter = (StateFilter, KindFilter, ExecutorFilter)
    list_defer = ("error", "result", *WIDE)
    search_fields = ("id",)
    search_help_text = "An id, of a job or a lease too."
    uuid_lookups = ("id", "job_id", "lease_id")
    fields = (
        ("id", "phase", "what", "attempt"),
        ("job_link", "lease_link", "executor_link"),
        ("available_at", "started_at", "completed_at", "ran"),
        ("pretty_result", "pretty_error"),
        "log",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Execution]:
        """With the executors, which may have been removed: a join has none, a query fails."""
        queryset: QuerySet[Execution] = super().get_queryset(request)
        return queryset.select_related("executor")

    @display(description="execution")
    def short_id(self, execution: Execution) -> str:
        """The end of the id, which differs."""
        return short(execution.id)

    @display(description="state", label=COLOURS)
    def phase(self, execution: Execution) -> str:
        """The state, in its colour."""
        return execution.state

    @display(description="result")
    def pretty_result(self, execution: Execution) -> SafeString | str:
        """What a chunk gave; a whole job's result is the job's."""
        return as_json(execution.result)

    @display(description="error")
    def pretty_error(self, execution: Execution) -> SafeString | str:
        """Why it failed."""
        return as_json(execution.error)
