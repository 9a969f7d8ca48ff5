"""The page of the processes that decide when and where, in Django's admin."""

from __future__ import annotations

from django.contrib import admin
from unfold.decorators import display

from jobs.admin.base import LookOnlyAdmin
from scheduling.models import SchedulerInstance


@admin.register(SchedulerInstance)
class SchedulerInstanceAdmin(LookOnlyAdmin):
    """Dispatcher and beat processes, leading or standing by."""

    list_display = ("role", "leads", "host", "pid", "started_at", "last_beat", "leader_since")
    list_filter = ("role",)
    search_fields = ("host",)
    text_lookups = ("host__icontains", "role")
    fields = (("role", "leads"), ("host", "pid"), ("started_at", "last_beat", "leader_since"))

    @display(description="leads", boolean=True)
    def leads(self, instance: SchedulerInstance) -> bool:
        """Whether it leads."""
        return instance.leader_since is not None
