"""The paths of the pages of one job, below /ui/."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
