"""The paths of the timeline, below /ui/."""

from __future__ import annotations

from django.urls import URLPattern, path

from dashboard.timeline.views import Timeline, TimelineData

urlpatterns: list[URLPattern] = [
    path("timeline", Timeline.as_view(), name="timeline"),
    path("timeline/data", TimelineData.as_view(), name="timeline_data"),
]
