"""django-celery-results: what users' own Celery tasks returned."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django_celery_results.admin import GroupResultAdmin as StockGroupAdmin
from django_celery_results.admin import TaskResultAdmin as StockTaskAdmin
from django_celery_results.models import GroupResult, TaskResult
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from jobs.admin.base import LongListAdmin, any_of, nobody

for model in (TaskResult, GroupResult):
    admin.site.unregister(model)


class ResultAdmin(LongListAdmin):
    """Rows that are searched by exact values, for which there are indexes."""

    has_add_permission = nobody
    has_change_permission = nobody
    ordering = ("-date_done",)
    exact_lookups: tuple[str, ...]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The rows with that very value in one of the columns."""
        del request
        term = search_term.strip().replace("\0", "")
        return queryset.filter(any_of(self.exact_lookups, term)) if term else queryset, False


@admin.register(TaskResult)
class TaskResultAdmin(ResultAdmin):
    """Results of Celery tasks that asked for them to be kept."""

    list_display = StockTaskAdmin.list_display
    fieldsets = StockTaskAdmin.fieldsets
    search_fields = ("task_id",)
    list_filter = (("status", ChoicesDropdownFilter),)
    list_defer = ("result", "traceback", "task_args", "task_kwargs", "meta")
    search_help_text = "The id or name of a Celery task, a worker, or a periodic task; exactly."
    exact_lookups = ("task_id", "task_name", "worker", "periodic_task_name")


@admin.register(GroupResult)
class GroupResultAdmin(ResultAdmin):
    """Results of groups and chords."""

    list_display = StockGroupAdmin.list_display
    search_fields = ("group_id",)
    search_help_text = "The id of a group."
    exact_lookups = ("group_id",)
