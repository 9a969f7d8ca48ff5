"""Calendars, to be made and changed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from jobs.admin.base import LongListAdmin, link
from jobs.permissions import Role
from scheduling.admin.requests import RequestForm
from scheduling.defining import calendar_editing, lookup
from scheduling.defining.reading import read_calendar
from scheduling.defining.requests import CalendarRequest
from scheduling.models import Calendar

SHOWN = 20
"""Tasks on a calendar's page."""


class CalendarForm(RequestForm):
    """A calendar."""

    request_fields = CalendarRequest.model_fields

    class Meta:
        model = Calendar
        fields = ["name", "description", "mode", "timezone", "rules"]

    def check_request(self, body: dict[str, Any]) -> None:
        """Keeps the request, with which `calendar_editing.write` saves it."""
        body["description"] = body["description"] or ""
        self.request, _ = read_calendar(body, lookup.context_for_calendar(self.instance))


@admin.register(Calendar)
class CalendarAdmin(LongListAdmin):
    """Dates and hours at which tasks don't run."""

    change_role = Role.OPERATOR
    form = CalendarForm
    list_display = ("name", "mode", "timezone", "used_by", "updated_at")
    list_filter = ("mode",)
    search_fields = ("name",)
    text_lookups = ("name__icontains", "description__icontains")
    ordering = ("name",)
    readonly_fields = ("tasks", "created_at", "updated_at")
    fields = (
        ("name", "mode", "timezone"),
        "description",
        "rules",
        "tasks",
        ("created_at", "updated_at"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Calendar]:
        """With how many tasks refer to each."""
        queryset: QuerySet[Calendar] = super().get_queryset(request)
        return queryset.annotate(used=Count("tasks"))

    def save_model(self, request: HttpRequest, obj: Calendar, form: Any, change: bool) -> None:
        """Saves what the form was read as."""
        del request, change
        calendar_editing.write(obj, form.request)

    @display(description="tasks")
    def used_by(self, calendar: Any) -> int:
        """How many tasks refer to it."""
        return int(calendar.used)

    @display(description="tasks")
    def tasks(self, calendar: Calendar) -> SafeString | str:
        """Some of those that refer to it."""
        found = calendar.tasks.select_related("periodic_task")[:SHOWN]
        links = ((link("scheduling_task", task.pk, task.name),) for task in found)
        return format_html_join(", ", "{}", links) or "-"
