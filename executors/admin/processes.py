"""The page of processes that are no executors, in Django's admin."""

from __future__ import annotations

from django.contrib import admin
from unfold.decorators import display

from executors.models import Process
from jobs.admin.base import LookOnlyAdmin


@admin.register(Process)
class ProcessAdmin(LookOnlyAdmin):
    """Web processes, gateways, dispatchers and beats; of the latter two, who leads."""

    list_display = ("role", "leads", "host", "pid", "started_at", "last_beat", "ended_at")
    list_filter = ("role",)
    search_fields = ("host",)
    text_lookups = ("host__icontains", "role")
    fields = (
        ("role", "leads"),
        ("host", "pid"),
        ("started_at", "last_beat", "ended_at"),
        "leader_since",
    )

    @display(description="leads", boolean=True)
    def leads(self, process: Process) -> bool:
        """Whether it leads."""
        return process.leader_since is not None
