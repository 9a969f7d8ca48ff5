"""The admin's actions on tasks: what the API's trigger, pause and resume do."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from jobs.errors import CeleriacError
from jobs.permissions import Role, roles_of
from scheduling.defining import definitions, editing
from scheduling.models import Task

LIMIT = 1000
"""Tasks in one action."""

Answer = HttpResponseRedirect | None


class SteeringMixin:
    """Actions to trigger, pause and resume tasks, for operators."""

    actions: Any = ("trigger", "pause", "resume")

    def has_steer_permission(self, request: HttpRequest) -> bool:
        """Whether the user may steer tasks."""
        return Role.OPERATOR in roles_of(request.user)

    @admin.action(description="Trigger", permissions=["steer"])
    def trigger(self, request: HttpRequest, queryset: QuerySet[Task]) -> Answer:
        """Makes a job of each at once."""
        actor, made = request.user.get_username(), 0
        for task_id in self._chosen(request, queryset):
            try:
                editing.trigger(task_id, {}, actor)
                made += 1
            except CeleriacError as error:
                messages.error(request, str(error))
        if made:
            messages.success(request, f"Tasks: {made} triggered.")
        return _back(request)

    @admin.action(description="Pause", permissions=["steer"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Task]) -> Answer:
        """Ends their ticks; what they made already goes on."""
        return self._switch(request, queryset, enabled=False)

    @admin.action(description="Resume", permissions=["steer"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Task]) -> Answer:
        """Lets them have ticks again."""
        return self._switch(request, queryset, enabled=True)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Task], *, enabled: bool) -> Answer:
        ids = self._chosen(request, queryset)
        with transaction.atomic():
            changed = definitions.set_enabled(ids, enabled)
        verb = "resumed" if enabled else "paused"
        rest = f", {len(ids) - changed} were so already" if changed < len(ids) else ""
        messages.success(request, f"Tasks: {changed} {verb}{rest}.")
        return _back(request)

    def _chosen(self, request: HttpRequest, queryset: QuerySet[Task]) -> list[str]:
        ids = [str(id_) for id_ in queryset.values_list("id", flat=True)[: LIMIT + 1]]
        if len(ids) > LIMIT:
            messages.error(request, f"Choose at most {LIMIT} tasks at once.")
            return []
        return ids


def _back(request: HttpRequest) -> Answer:
    """To the page of the one task that was steered from its page; else to the list."""
    if "from_task_page" not in request.POST:
        return None
    key = request.POST.get("_selected_action")
    return HttpResponseRedirect(reverse("admin:scheduling_task_change", args=[key]))
