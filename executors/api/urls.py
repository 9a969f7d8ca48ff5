"""Paths of the API of this app, below /api/v1/."""

from __future__ import annotations

from django.urls import path

from executors.api.views import Executions, Executors, JobExecutions, OneExecutor

urlpatterns = [
    path("jobs/<uuid:job_id>/executions", JobExecutions.as_view(), name="job-executions"),
    path("executors", Executors.as_view(), name="executors"),
    path("executors/<str:name>", OneExecutor.as_view(), name="executor"),
    path("executions", Executions.as_view(), name="executions"),
]
