"""The paths of the pages of submission, below /ui/."""

from __future__ import annotations

from django.urls import path

from dashboard.submit.views import ChooseType, SubmitJob

urlpatterns = [
    path("submit", ChooseType.as_view(), name="submit"),
    path("submit/<str:job_type>", SubmitJob.as_view(), name="submit_type"),
]
