"""The paths of the live stream, below /ui/."""

from __future__ import annotations

from django.urls import path

from dashboard.live.views import LiveView, PollView

urlpatterns = [
    path("live", LiveView.as_view(), name="live"),
    path("live/poll", PollView.as_view(), name="live_poll"),
]
