"""Every path that Celeriac answers. Those of the API have no slash at their end, but may."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.urls import URLPattern, include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView
from rest_framework.urls import urlpatterns as login_urls

from config import health
from config.api import ApiRoot, DocsView
from config.logins import limit_logins
from dashboard.urls import pages
from dashboard.urls import urlpatterns as dashboard_urls
from executors.api.urls import urlpatterns as executor_urls
from executors.protocols.xxl_job.endpoints import urlpatterns as xxl_job_urls
from jobs.api.urls import short_urlpatterns
from jobs.api.urls import urlpatterns as job_urls
from scheduling.api.urls import urlpatterns as scheduling_urls


def slash_or_not(patterns: Sequence[URLPattern]) -> list[URLPattern]:
    """The patterns, and again with a slash at the end, for clients that can't leave it."""
    return [*patterns, *(path(f"{p.pattern}/", p.callback) for p in patterns if str(p.pattern))]


def limited(patterns: Sequence[Any]) -> list[URLPattern]:
    """The patterns, the login page among them with its limit."""
    return [
        path(str(p.pattern), limit_logins(p.callback) if p.name == "login" else p.callback,
             name=p.name)
        for p in patterns
    ]  # fmt: skip


admin.autodiscover()
admin.site.login = limit_logins(admin.site.login)  # type: ignore[method-assign,assignment]

urlpatterns = [
    path("", RedirectView.as_view(url="/ui/"), name="start"),
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("", include(dashboard_urls)),
    path("ui/", include((slash_or_not(limited(pages)), "ui"))),
    path("admin/", admin.site.urls),
    path("api/v1/", ApiRoot.as_view(), name="api-root"),
    # `executors/register` is one of scheduling, and goes before the executors' names.
    path("api/v1/", include(slash_or_not([*job_urls, *scheduling_urls, *executor_urls]))),
    path("", include(slash_or_not(short_urlpatterns))),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", DocsView.as_view(), name="docs"),
    path("api/", include(slash_or_not(xxl_job_urls))),
    path("xxl-job-admin/api/", include(slash_or_not(xxl_job_urls))),
    path("api/auth/", include((limited(login_urls), "rest_framework"))),
]

handler400 = "config.error_pages.bad_request"
handler403 = "config.error_pages.forbidden"
handler404 = "config.error_pages.not_found"
handler500 = "config.error_pages.server_error"
