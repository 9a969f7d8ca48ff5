"""The paths of the pages of tasks, below /ui/."""

from __future__ import annotations

from django.urls import URLPattern, path

from dashboard.tasks.views.backfills import Backfill, CancelBackfill
from dashboard.tasks.views.checks import CheckPayload, PreviewTicks
from dashboard.tasks.views.forms import DeleteTask, EditTask, NewTask
from dashboard.tasks.views.heatmap import Heatmap
from dashboard.tasks.views.links import ReplaceLinks
from dashboard.tasks.views.listed import Tasks
from dashboard.tasks.views.one import OneTask
from dashboard.tasks.views.steering import Pause, Resume, Trigger

urlpatterns: list[URLPattern] = [
    path("tasks", Tasks.as_view(), name="tasks"),
    path("tasks/new", NewTask.as_view(), name="task_new"),
    path("tasks/heatmap", Heatmap.as_view(), name="heatmap"),
    path("tasks/preview", PreviewTicks.as_view(), name="task_preview"),
    path("tasks/payload", CheckPayload.as_view(), name="task_payload"),
    path("tasks/<uuid:task_id>", OneTask.as_view(), name="task"),
    path("tasks/<uuid:task_id>/edit", EditTask.as_view(), name="task_edit"),
    path("tasks/<uuid:task_id>/links", ReplaceLinks.as_view(), name="task_links"),
    path("tasks/<uuid:task_id>/delete", DeleteTask.as_view(), name="task_delete"),
    path("tasks/<uuid:task_id>/trigger", Trigger.as_view(), name="task_trigger"),
    path("tasks/<uuid:task_id>/pause", Pause.as_view(), name="task_pause"),
    path("tasks/<uuid:task_id>/resume", Resume.as_view(), name="task_resume"),
    path("tasks/<uuid:task_id>/backfill", Backfill.as_view(), name="task_backfill"),
    path("backfills/<uuid:backfill_id>/cancel", CancelBackfill.as_view(), name="backfill_cancel"),
]
