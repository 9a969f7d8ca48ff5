"""The paths of the dashboard: `urlpatterns` at the root, `pages` below /ui/."""

from __future__ import annotations

from django.urls import path

from dashboard.executors.urls import urlpatterns as executors
from dashboard.job.urls import urlpatterns as job
from dashboard.jobs.urls import urlpatterns as jobs
from dashboard.live.urls import urlpatterns as live
from dashboard.overview.urls import urlpatterns as overview
from dashboard.pages.login import Login, Logout
from dashboard.submit.urls import urlpatterns as submit
from dashboard.tasks.urls import urlpatterns as tasks
from dashboard.timeline.urls import urlpatterns as timeline
from dashboard.views import MetricsView

urlpatterns = [
    path("metrics", MetricsView.as_view(), name="metrics"),
]

pages = [
    path("login", Login.as_view(), name="login"),
    path("logout", Logout.as_view(), name="logout"),
    *overview,
    *live,
    *jobs,
    *job,
    *submit,
    *tasks,
    *executors,
    *timeline,
]
