"""Paths of the API of this app, below /api/v1/."""

from __future__ import annotations

from django.urls import path

from executors.api.callbacks import Callback
from executors.api.logs import JobLogs
from executors.api.members import Health, Heartbeat, Status
from executors.api.processes import Processes
from executors.api.views import Executions, Executors, JobExecutions, OneExecutor

urlpatterns = [
    path("jobs/<uuid:job_id>/executions", JobExecutions.as_view(), name="job-executions"),
    path("jobs/<uuid:job_id>/logs", JobLogs.as_view(), name="job-logs"),
    path("executors", Executors.as_view(), name="executors"),
    path("executors/<str:name>", OneExecutor.as_view(), name="executor"),
    path("executors/<str:name>/heartbeat", Heartbeat.as_view(), name="executor-heartbeat"),
    path("executors/<str:name>/status", Status.as_view(), name="executor-status"),
    path("executors/<str:name>/health", Health.as_view(), name="executor-health"),
    path("executions", Executions.as_view(), name="executions"),
    path("processes", Processes.as_view(), name="processes"),
    path("executions/<uuid:execution_id>/callback", Callback.as_view(), name="callback"),
]
