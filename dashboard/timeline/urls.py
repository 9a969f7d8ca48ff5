"""The paths of the pages of the timeline, below /ui/."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
