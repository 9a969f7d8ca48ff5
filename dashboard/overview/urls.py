"""The path of the overview, /ui/ itself."""

from __future__ import annotations

from django.urls import URLPattern, path

from dashboard.overview.views import Overview

urlpatterns: list[URLPattern] = [
    path("", Overview.as_view(), name="overview"),
]
