"""The entrance to the API: its list of endpoints, its schema and the schema's page."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponseBase
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.api.views.base import ApiView

LISTS = ["jobs", "job-types", "artifacts", "executors", "executions"]


class ApiRoot(ApiView):
    """Submit a job by a POST to jobs, many by one to jobs/bulk. What can be submitted is in
    job-types, and every call is described in docs."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """The lists that there are, and the documentation."""
        names = {name: name for name in LISTS} | {"schema": "schema", "docs": "docs"}
        return Response(
            {shown: request.build_absolute_uri(reverse(name)) for shown, name in names.items()}
        )

    def get_view_name(self) -> str:
        """The heading in a browser."""
        return "Celeriac"


class DocsView(SpectacularSwaggerSplitView):
    """The schema's page; sends people who are not logged in to the login."""

    url_name = "schema"
    template_name = "docs.html"

    def handle_exception(self, exc: Exception) -> Any:
        """A redirection to the login instead of a 401, which a person could do nothing with."""
        if isinstance(exc, NotAuthenticated):
            answer: HttpResponseBase = redirect_to_login(
                self.request.get_full_path(), reverse("rest_framework:login")
            )
            return answer
        return super().handle_exception(exc)
