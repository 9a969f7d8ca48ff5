"""The paths of the pages of submission, below /ui/."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
