"""Paths of the API of this app, below /api/v1/."""

from __future__ import annotations

from django.urls import path

from scheduling.api.views.calendars import Calendars, OneCalendar
from scheduling.api.views.previews import SchedulePreview, TaskPreview
from scheduling.api.views.schedulers import Schedulers
from scheduling.api.views.steering import PauseTask, ResumeTask, TaskHistory, TriggerTask
from scheduling.api.views.tasks import OneTask, Tasks

urlpatterns = [
    path("tasks", Tasks.as_view(), name="tasks"),
    # Before the tasks themselves: one of this name is found by its id.
    path("tasks/preview", SchedulePreview.as_view(), name="preview"),
    path("tasks/<str:name>", OneTask.as_view(), name="task"),
    path("tasks/<str:name>/trigger", TriggerTask.as_view(), name="trigger-task"),
    path("tasks/<str:name>/pause", PauseTask.as_view(), name="pause-task"),
    path("tasks/<str:name>/resume", ResumeTask.as_view(), name="resume-task"),
    path("tasks/<str:name>/preview", TaskPreview.as_view(), name="preview-task"),
    path("tasks/<str:name>/executions", TaskHistory.as_view(), name="task-executions"),
    path("calendars", Calendars.as_view(), name="calendars"),
    path("calendars/<str:name>", OneCalendar.as_view(), name="calendar"),
    path("schedulers", Schedulers.as_view(), name="schedulers"),
]
