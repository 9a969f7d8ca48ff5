"""Backfills, to be looked at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from jobs.admin.base import LookOnlyAdmin, as_json, link
from jobs.permissions import Role
from scheduling.models import Backfill


@admin.register(Backfill)
class BackfillAdmin(LookOnlyAdmin):
    """Spans of the past whose ticks are made into jobs."""

    list_display = ("id", "task_shown", "from_at", "to_at", "done", "created_at", "ended_at")
    list_select_related = ("task__periodic_task",)
    search_fields = ("id",)
    uuid_lookups = ("id", "task_id")
    text_lookups = ("task__periodic_task__name__icontains", "created_by")
    fields = (
        ("task_shown", "from_at", "to_at"),
        ("done", "existing", "concurrency", "priority"),
        ("created_at", "created_by", "ended_at", "cancelled"),
        "pretty_problem",
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may remove a task, which takes its backfills along."""
        return self._has(request, Role.OPERATOR) or super().has_delete_permission(request, obj)

    @display(description="task")
    def task_shown(self, backfill: Backfill) -> SafeString | str:
        """Whose ticks."""
        return link("scheduling_task", backfill.task_id, backfill.task.name)

    @display(description="ticks done")
    def done(self, backfill: Backfill) -> str:
        """How many of how many."""
        return f"{backfill.position} of {len(backfill.ticks)}"

    @display(description="problem")
    def pretty_problem(self, backfill: Backfill) -> SafeString | str:
        """Why it could not go on."""
        return as_json(backfill.problem)
