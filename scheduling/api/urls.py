"""Paths of the API of this app, below /api/v1/."""

from __future__ import annotations

from django.urls import path

from scheduling.api.explain import ExplainJob
from scheduling.api.views.backfills import (
    Backfills,
    BackfillTask,
    CancelBackfill,
    OneBackfill,
)
from scheduling.api.views.calendars import Calendars, OneCalendar
from scheduling.api.views.links import TaskLinks
from scheduling.api.views.previews import SchedulePreview, TaskPreview
from scheduling.api.views.registration import Register
from scheduling.api.views.schedulers import Schedulers
from scheduling.api.views.steering import PauseTask, ResumeTask, TaskHistory, TriggerTask
from scheduling.api.views.tasks import OneTask, Tasks

urlpatterns = [
    path("jobs/<uuid:job_id>/explain", ExplainJob.as_view(), name="explain-job"),
    path("executors/register", Register.as_view(), name="register-executor"),
    path("tasks", Tasks.as_view(), name="tasks"),
    # Before the tasks themselves: one of this name is found by its id.
    path("tasks/preview", SchedulePreview.as_view(), name="preview"),
    path("tasks/<str:name>", OneTask.as_view(), name="task"),
    path("tasks/<str:name>/trigger", TriggerTask.as_view(), name="trigger-task"),
    path("tasks/<str:name>/pause", PauseTask.as_view(), name="pause-task"),
    path("tasks/<str:name>/resume", ResumeTask.as_view(), name="resume-task"),
    path("tasks/<str:name>/preview", TaskPreview.as_view(), name="preview-task"),
    path("tasks/<str:name>/executions", TaskHistory.as_view(), name="task-executions"),
    path("tasks/<str:name>/executors", TaskLinks.as_view(), name="task-executors"),
    path("tasks/<str:name>/backfill", BackfillTask.as_view(), name="backfill-task"),
    path("backfills", Backfills.as_view(), name="backfills"),
    path("backfills/<uuid:backfill_id>", OneBackfill.as_view(), name="backfill"),
    path("backfills/<uuid:backfill_id>/cancel", CancelBackfill.as_view(), name="cancel-backfill"),
    path("calendars", Calendars.as_view(), name="calendars"),
    path("calendars/<str:name>", OneCalendar.as_view(), name="calendar"),
    path("schedulers", Schedulers.as_view(), name="schedulers"),
]
