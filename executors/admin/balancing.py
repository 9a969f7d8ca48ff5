"""What load-balance strategies remember, in Django's admin."""

from __future__ import annotations

from django.contrib import admin

from executors.models import LoadBalanceState
from jobs.admin.base import LookOnlyAdmin


@admin.register(LoadBalanceState)
class LoadBalanceStateAdmin(LookOnlyAdmin):
    """Where each strategy stands, for a task or a job type; dispatchers alone move it."""

    list_display = ("subject", "strategy", "updated_at")
    list_filter = ("strategy",)
    search_fields = ("subject",)
    search_help_text = "A task's id, or the name of a job type."
    text_lookups = ("subject__icontains",)
    fields = (("subject", "strategy"), "state", "updated_at")
