"""The paths of the pages of jobs, below /ui/."""

from __future__ import annotations

from django.urls import path

from dashboard.jobs.bulk_views import Confirm, Resume, Run
from dashboard.jobs.views import JobsPage, Newer

urlpatterns = [
    path("jobs", JobsPage.as_view(), name="jobs"),
    path("jobs/newer", Newer.as_view(), name="jobs_newer"),
    path("jobs/bulk", Confirm.as_view(), name="jobs_bulk"),
    path("jobs/bulk/run", Run.as_view(), name="jobs_bulk_run"),
    path("jobs/bulk/resume", Resume.as_view(), name="jobs_bulk_resume"),
]
