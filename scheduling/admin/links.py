"""The executors that a task is linked to, on its page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from unfold.admin import TabularInline

from jobs.permissions import Role, roles_of
from scheduling.models import TaskExecutor


class LinkInline(TabularInline):
    """Executors with their priority and weight; operators choose them."""

    model = TaskExecutor
    fields = ("executor", "priority", "weight")
    autocomplete_fields = ("executor",)
    extra = 0
    tab = True
    verbose_name_plural = "executors"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may look at the task."""
        return Role.VIEWER in roles_of(request.user) or super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may change the task."""
        del obj
        return Role.OPERATOR in roles_of(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may change the task."""
        return self.has_add_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may change the task."""
        return self.has_add_permission(request, obj)
