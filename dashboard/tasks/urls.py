"""The paths of the pages of tasks, below /ui/."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
