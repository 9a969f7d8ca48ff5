"""What the dashboard answers that is no page."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from dashboard.metrics.collector import render
from jobs.permissions import Role, RolePermission


class MetricsView(APIView):
    """What Prometheus scrapes: open with METRICS_PUBLIC, else for tokens with the role viewer."""

    read_role = Role.VIEWER

    def get_permissions(self) -> list[BasePermission]:
        """Nothing is asked where the metrics are public."""
        return [AllowAny() if settings.CELERIAC["METRICS_PUBLIC"] else RolePermission()]

    def perform_content_negotiation(
        self, request: Request, force: bool = False
    ) -> tuple[BaseRenderer, str]:
        """Prometheus' media types are chosen by its own library; the API's are for errors."""
        del request, force
        renderer = self.get_renderers()[0]
        return renderer, str(renderer.media_type)

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """The metrics as text."""
        text, content_type = render(request.headers.get("Accept", ""))
        return HttpResponse(text, content_type=content_type)
