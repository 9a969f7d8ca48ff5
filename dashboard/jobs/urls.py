"""The paths of the pages of jobs, below /ui/."""

from __future__ import annotations

from django.urls import path

from dashboard.jobs.views import JobsPage

urlpatterns = [
    path("jobs", JobsPage.as_view(), name="jobs"),
]
