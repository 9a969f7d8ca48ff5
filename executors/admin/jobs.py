"""Adds to the page of a job the attempts at it, of which `jobs` itself knows nothing."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from executors.admin.executions import ExecutionInline
from executors.admin.logs import LogOfJob
from jobs.admin.pages import JobAdmin
from jobs.models import Job


class JobWithExecutionsAdmin(LogOfJob, JobAdmin):
    """The page of a job, with the attempts at it and what they said."""

    fieldsets: Any = (*JobAdmin.fieldsets, ("Log", {"fields": ("log",)}))
    inlines = (ExecutionInline, *JobAdmin.inlines)


admin.site.unregister(Job)
admin.site.register(Job, JobWithExecutionsAdmin)
