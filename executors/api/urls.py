"""Paths of the API of this app, below /api/v1/."""

from __future__ import annotations

from django.urls import path

from executors.api.logs import JobLogs
from executors.api.views import Executions, Executors, JobExecutions, OneExecutor

urlpatterns = [
    path("jobs/<uuid:job_id>/executions", JobExecutions.as_view(), name="job-executions"),
    path("jobs/<uuid:job_id>/logs", JobLogs.as_view(), name="job-logs"),
    path("executors", Executors.as_view(), name="executors"),
    path("executors/<str:name>", OneExecutor.as_view(), name="executor"),
    path("executions", Executions.as_view(), name="executions"),
]
