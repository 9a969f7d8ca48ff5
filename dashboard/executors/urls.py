"""The paths of the pages of executors, below /ui/."""

from __future__ import annotations

from django.urls import URLPattern, path

from dashboard.executors.views import ChangeStatus, Executors, OneExecutor

urlpatterns: list[URLPattern] = [
    path("executors", Executors.as_view(), name="executors"),
    path("executors/<uuid:executor_id>", OneExecutor.as_view(), name="executor"),
    path("executors/<uuid:executor_id>/status", ChangeStatus.as_view(), name="executor_status"),
]
