"""The numbers that XXL-JOB's executors know jobs and runs by, in Django's admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from executors.admin.columns import short
from executors.models import XxlJob, XxlRun
from jobs.admin.base import LookOnlyAdmin, link

NUMBER_DIGITS = 18


class NumberedAdmin(LookOnlyAdmin):
    """Rows that are looked for by their number."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The row of that number; else as in other lists."""
        term = search_term.strip()
        if term.isdecimal() and len(term) <= NUMBER_DIGITS:
            return queryset.filter(pk=int(term)), False
        return super().get_search_results(request, queryset, search_term)


@admin.register(XxlJob)
class XxlJobAdmin(NumberedAdmin):
    """What each `jobId` stands for."""

    list_display = ("id", "subject")
    search_fields = ("subject",)
    search_help_text = "A jobId, a task's id, or a group or handler."
    uuid_lookups = ("subject__icontains",)
    text_lookups = ("subject__icontains",)
    fields = (("id", "subject"),)


@admin.register(XxlRun)
class XxlRunAdmin(NumberedAdmin):
    """Which execution each `logId` is."""

    list_display = ("id", "job", "execution", "started_at", "log_line", "log_ended")
    list_select_related = ("job",)
    search_fields = ("id",)
    search_help_text = "A logId, or an execution's id."
    uuid_lookups = ("execution_id",)
    fields = (
        ("id", "job", "execution"),
        "started_at",
        ("log_line", "log_pulled_at", "log_ended"),
    )

    @display(description="execution")
    def execution(self, run: XxlRun) -> SafeString | str:
        """Its own page."""
        return link("executors_execution", run.execution_id, short(run.execution_id))
