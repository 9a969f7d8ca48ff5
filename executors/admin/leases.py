"""What executors were handed: its own pages, and the table of live ones on an executor's."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from executors.admin.columns import COLOURS, ExecutorFilter, StateFilter, short
from executors.admin.executions import WIDE, ExecutionInline
from executors.models import Execution, Executor, Lease
from executors.states import LIVE
from jobs.admin.base import RECENT, LookOnlyAdmin, LookOnlyInline, link
from jobs.admin.filters import TypeFilter


class LeaseTypeFilter(TypeFilter):
    """By the type of the jobs in a lease."""

    lookup = "job_type"


class ExecutionOfLeaseInline(ExecutionInline):
    """What is in a lease."""

    fields = ("page", "job_link", "what", "state", "attempt", "started_at", "ran", "why")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Execution]:
        """With the names of the jobs."""
        return super().get_queryset(request).select_related("job").defer(*WIDE)


class LiveLeaseInline(LookOnlyInline):
    """What an executor works on."""

    model = Lease
    fields = ("page", "state", "job_type", "size", "done", "slots", "assigned_at", "claimed_at")
    readonly_fields = fields
    verbose_name_plural = "live leases"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lease]:
        """Live ones only, for which there is an index."""
        queryset: QuerySet[Lease] = super().get_queryset(request)
        return queryset.filter(state__in=LIVE)

    @display(description="lease")
    def page(self, lease: Lease) -> SafeString | str:
        """Its own page."""
        return link("executors_lease", lease.id, short(lease.id))


@admin.register(Lease)
class LeaseAdmin(LookOnlyAdmin):
    """What executors were handed, each in one message."""

    list_display = (
        "short_id", "phase", "job_type", "executor_link", "progress", "slots", "assigned_at",
        "claimed_at", "closed_at",
    )  # fmt: skip
    list_filter = (StateFilter, LeaseTypeFilter, ExecutorFilter)
    search_fields = ("id",)
    search_help_text = f"An id; or a type or executor among the latest {RECENT:,} leases."
    uuid_lookups = ("id",)
    text_lookups = ("job_type", "executor__name")
    fields = (
        ("id", "phase", "job_type"),
        ("executor_link", "incarnation", "priority"),
        ("progress", "slots", "timeout"),
        ("assigned_at", "published_at", "claimed_at"),
        ("closed_at", "busy_seconds"),
    )
    inlines = (ExecutionOfLeaseInline,)

    @display(description="lease")
    def short_id(self, lease: Lease) -> str:
        """The end of the id, which differs."""
        return short(lease.id)

    @display(description="state", label=COLOURS)
    def phase(self, lease: Lease) -> str:
        """The state, in its colour."""
        return lease.state

    @display(description="done")
    def progress(self, lease: Lease) -> str:
        """How many of its executions have an outcome."""
        return f"{lease.done} of {lease.size}"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lease]:
        """With the names of the executors, one of which may be gone."""
        names = Executor.objects.filter(pk=OuterRef("executor_id")).values("name")
        queryset: QuerySet[Lease] = super().get_queryset(request)
        return queryset.annotate(executor_name=Subquery(names))

    @display(description="executor")
    def executor_link(self, lease: Any) -> SafeString | str:
        """Who was handed it; a dash for one that was removed."""
        name = lease.executor_name
        return link("executors_executor", lease.executor_id, name) if name else "-"
