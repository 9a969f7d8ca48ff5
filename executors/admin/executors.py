"""The places that run work."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.decorators import display

from executors.admin.columns import COLOURS
from executors.admin.leases import LiveLeaseInline
from executors.admin.members import HealthCheckInline, MemberInline
from executors.admin.steering import SteeringMixin
from executors.models import Executor, Lease
from executors.states import LIVE, Protocol
from jobs.admin.base import LookOnlyAdmin, anchor, as_json


@admin.register(Executor)
class ExecutorAdmin(SteeringMixin, LookOnlyAdmin):
    """Places that run work."""

    page = "executor"
    list_display = (
        "name",
        "health",
        "protocol",
        "pool",
        "usage",
        "host",
        "pid",
        "started_at",
        "last_heartbeat",
    )
    list_filter = ("status", "protocol")
    search_fields = ("name",)
    uuid_lookups = ("id", "incarnation")
    text_lookups = ("name__icontains", "host__icontains")
    ordering = ("name",)
    fields = (
        ("name", "health", "drained_by"),
        ("protocol", "pool", "weight"),
        ("usage", "host", "pid"),
        ("started_at", "last_heartbeat", "incarnation"),
        ("pretty_types", "pretty_labels", "executions"),
    )
    inlines = (LiveLeaseInline, MemberInline, HealthCheckInline)

    def get_inlines(self, request: HttpRequest, obj: Executor | None) -> Any:
        """Those over HTTP have more."""
        del request
        is_worker = obj is not None and obj.protocol == Protocol.CELERY
        return self.inlines[:1] if is_worker else self.inlines

    def get_queryset(self, request: HttpRequest) -> QuerySet[Executor]:
        """With the slots that live leases occupy."""
        live = Lease.objects.filter(executor=OuterRef("pk"), state__in=LIVE).order_by()
        used = live.values("executor").annotate(used=Sum("slots")).values("used")
        queryset: QuerySet[Executor] = super().get_queryset(request)
        return queryset.annotate(used=Coalesce(Subquery(used, output_field=IntegerField()), 0))

    @display(description="status", label=COLOURS)
    def health(self, executor: Executor) -> str:
        """Whether it takes work."""
        return executor.status

    @display(description="slots in use")
    def usage(self, executor: Any) -> str:
        """How many of its slots are occupied."""
        return f"{executor.used} of {executor.slots}"

    @display(description="types")
    def pretty_types(self, executor: Executor) -> str:
        """The job types that it can run."""
        return ", ".join(executor.types) or "-"

    @display(description="labels")
    def pretty_labels(self, executor: Executor) -> SafeString | str:
        """What placement knows about it."""
        return as_json(executor.labels)

    @display(description="executions")
    def executions(self, executor: Executor) -> SafeString:
        """What it ran lately."""
        url = reverse("admin:executors_execution_changelist")
        return anchor(f"{url}?executor={executor.id}", "latest executions")
