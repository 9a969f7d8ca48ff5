"""Adds to the page of a job the attempts at it, of which `jobs` itself knows nothing."""

from __future__ import annotations

from django.contrib import admin

from executors.admin.executions import ExecutionInline
from jobs.admin.pages import JobAdmin
from jobs.models import Job


class JobWithExecutionsAdmin(JobAdmin):
    """The page of a job, with the attempts at it."""

    inlines = (ExecutionInline, *JobAdmin.inlines)


admin.site.unregister(Job)
admin.site.register(Job, JobWithExecutionsAdmin)
