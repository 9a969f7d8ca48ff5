"""HTTP executors: how they are reached, and what checks of them found."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from executors.admin.columns import COLOURS, ExecutorFilter
from executors.models import HealthCheck, Member
from jobs.admin.base import LookOnlyAdmin, LookOnlyInline, link
from jobs.permissions import Role, roles_of
from jobs.readable import duration

SHOWN = 20
"""Checks on an executor's page."""


class HealthCheckColumns:
    """What a check found."""

    @display(description="took")
    def took(self, check: HealthCheck) -> str:
        """How long until its answer."""
        return duration(check.seconds)


class HealthCheckInline(HealthCheckColumns, LookOnlyInline):
    """The last checks, on the page of an executor."""

    model = HealthCheck
    fields = ("at", "healthy", "took", "detail")
    readonly_fields = fields
    verbose_name_plural = "last checks"

    def get_queryset(self, request: HttpRequest) -> QuerySet[HealthCheck]:
        """The last few of one executor: the page cuts, so that the index can."""
        queryset: QuerySet[HealthCheck] = super().get_queryset(request)
        match = request.resolver_match
        executor = match.kwargs.get("object_id") if match else None
        last = queryset.filter(executor=executor).order_by("-id").values("id")[:SHOWN]
        return queryset.filter(id__in=list(last.values_list("id", flat=True)))


class MemberInline(LookOnlyInline):
    """What an executor has over HTTP."""

    model = Member
    fields = (
        "group", "instance_id", "base_url", "health_check_url", "busy_until", "refusals",
        "busy_with", "left_at", "checks_failed", "require_signature",
    )  # fmt: skip
    readonly_fields = fields
    verbose_name_plural = "over HTTP"


@admin.register(HealthCheck)
class HealthCheckAdmin(HealthCheckColumns, LookOnlyAdmin):
    """What checks of HTTP executors found."""

    list_display = ("at", "executor_link", "healthy", "took", "detail")
    list_filter = ("healthy", ExecutorFilter)
    list_select_related = ("executor",)
    fields = (("at", "executor_link"), ("healthy", "took"), "detail")
    uuid_lookups = ("executor",)
    search_fields = ("id",)
    search_help_text = "The id of an executor, or its name."
    text_lookups = ("executor__name",)

    @display(description="executor")
    def executor_link(self, check: HealthCheck) -> SafeString | str:
        """Who was looked at."""
        return link("executors_executor", check.executor_id, check.executor.name)


@admin.register(Member)
class MemberAdmin(LookOnlyAdmin):
    """HTTP executors: how each is reached and checked."""

    actions = ("renew_secret",)
    list_display = (
        "instance_id", "group", "status", "base_url", "checks_failed", "busy_until",
        "registered_at",
    )  # fmt: skip
    list_select_related = ("executor",)
    list_filter = ("executor__status",)
    ordering = ("group",)
    search_fields = ("group",)
    search_help_text = "The id of an executor; or text in a group, an instance's id or an URL."
    text_lookups = ("group__icontains", "instance_id__icontains", "base_url__icontains")
    fields = (
        ("executor_link", "group", "instance_id"),
        ("base_url", "health_check_url"),
        ("health_interval", "health_timeout", "heartbeat_timeout"),
        ("failure_threshold", "success_threshold", "next_check_at"),
        ("checks_failed", "checks_passed", "shut"),
        ("busy_until", "refusals", "busy_with", "left_at"),
        ("require_signature", "secret_version"),
        ("registered_at", "registered_by"),
    )

    def has_renew_permission(self, request: HttpRequest) -> bool:
        """Whether the user may make secrets worthless."""
        return Role.ADMIN in roles_of(request.user)

    @admin.action(description="Give a new secret", permissions=["renew"])
    def renew_secret(self, request: HttpRequest, queryset: QuerySet[Member]) -> None:
        """Makes their secrets worthless; each learns its new one when it registers again."""
        keys = list(queryset.values_list("pk", flat=True))
        # The queryset is joined, which can't be updated.
        count = Member.objects.filter(pk__in=keys).update(secret_version=F("secret_version") + 1)
        message = f"New secrets: {count}. The executors learn them when they register again."
        messages.success(request, message)

    @display(description="status", label=COLOURS)
    def status(self, member: Member) -> Any:
        """Whether it takes work."""
        return member.executor.status

    @display(description="executor")
    def executor_link(self, member: Member) -> SafeString | str:
        """Its slots, labels and leases."""
        return link("executors_executor", member.pk, member.executor.name)
