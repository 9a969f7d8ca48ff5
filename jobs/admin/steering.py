"""The admin's actions on jobs. They go through `lifecycle`, as the API's do."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from unfold.forms import ActionForm
from unfold.widgets import UnfoldAdminSelectWidget

from jobs.admin.base import LookOnlyAdmin
from jobs.api import batches
from jobs.models import Job
from jobs.permissions import Role, roles_of
from jobs.states import FINAL, WAITS

LIMIT = 1000
"""Jobs in one action."""


class PriorityForm(ActionForm):
    """The box of actions, with the priority that one of them asks for."""

    # Checked by the action that it is for, since the others do not send it.
    priority = forms.CharField(
        required=False,
        initial=5,
        label="",
        widget=UnfoldAdminSelectWidget(
            {"aria-label": "Priority", "x-show": "action == 'set_priority'"},
            choices=[(number, f"priority {number}") for number in reversed(range(10))],
        ),
    )


class SteeringAdmin(LookOnlyAdmin):
    """Actions to cancel, retry and reprioritise jobs, for operators."""

    action_form = PriorityForm
    actions = ("cancel", "retry", "set_priority")

    def has_steer_permission(self, request: HttpRequest) -> bool:
        """Whether the user may steer jobs."""
        return Role.OPERATOR in roles_of(request.user)

    @admin.action(description="Cancel", permissions=["steer"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponseRedirect | None:
        """Cancels what waits at once, and asks what runs to stop."""
        ids = self._chosen(request, queryset)
        fates = batches.cancel(ids, request.user.get_username())
        done, asked = (list(fates.values()).count(fate) for fate in ("cancelled", "requested"))
        self._tell(request, len(ids), {"cancelled": done, "asked to stop": asked})
        return _back_to_job(request)

    @admin.action(description="Retry", permissions=["steer"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Job]) -> HttpResponseRedirect | None:
        """Submits a copy of each finished job."""
        ids = self._chosen(request, queryset)
        copies = batches.retry(ids, request.user.get_username())
        self._tell(request, len(ids), {"submitted again": len(copies)})
        return _back_to_job(request, copies[0] if copies else None)

    @admin.action(description="Set priority", permissions=["steer"])
    def set_priority(
        self, request: HttpRequest, queryset: QuerySet[Job]
    ) -> HttpResponseRedirect | None:
        """Changes the priority of what waits."""
        priority = request.POST.get("priority", "")
        if priority not in set("0123456789"):
            self.message_user(request, "A priority is a number from 0 to 9.", messages.ERROR)
            return _back_to_job(request)
        ids = self._chosen(request, queryset)
        changed = batches.set_priority(ids, int(priority), request.user.get_username())
        self._tell(request, len(ids), {f"given priority {priority}": len(changed)})
        return _back_to_job(request)

    def _chosen(self, request: HttpRequest, queryset: QuerySet[Job]) -> list[str]:
        ids = [str(id_) for id_ in queryset.values_list("id", flat=True)[: LIMIT + 1]]
        if len(ids) > LIMIT:
            self.message_user(request, f"Choose at most {LIMIT} jobs at once.", messages.ERROR)
            return []
        return ids

    def _tell(self, request: HttpRequest, chosen: int, fates: dict[str, int]) -> None:
        parts = [f"{count} {fate}" for fate, count in fates.items() if count]
        if rest := chosen - sum(fates.values()):
            parts.append(f"{rest} left alone, whose state does not allow it")
        if parts:
            level = messages.SUCCESS if any(fates.values()) else messages.WARNING
            self.message_user(request, f"Jobs: {', '.join(parts)}.", level)


def _back_to_job(request: HttpRequest, job_id: str | None = None) -> HttpResponseRedirect | None:
    """To the page of the one job that was steered from its page; from the list, to the list."""
    if "from_job_page" not in request.POST:
        return None
    return HttpResponseRedirect(
        reverse("admin:jobs_job_change", args=[job_id or request.POST.get("_selected_action")])
    )


def offers(job: Job) -> dict[str, Any]:
    """Which of the actions make sense for a job, for the buttons on its page."""
    return {
        "can_cancel": job.status not in FINAL,
        "can_retry": job.status in FINAL,
        "can_set_priority": job.status in WAITS,
        "priorities": list(reversed(range(10))),
    }
