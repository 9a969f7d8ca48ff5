"""What Django answers of the live stream: whether there may be one, and the same to who polls."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dashboard.live import latest, topics
from jobs.api.renderers import JsonRenderer
from jobs.permissions import Role


class LiveView(APIView):
    """200 where there may be a stream of these topics. The stream itself is `dashboard.live.app`'s.

    That it is Django which answers means that the server does without ASGI, or is about to stream.
    """

    read_role = Role.VIEWER
    renderer_classes: list[type[BaseRenderer]] = [JsonRenderer]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """The topics, as they were understood."""
        return Response({"topics": topics.read(request.query_params.get("topics", ""))})


class PollView(LiveView):
    """The data of topics, for pages that have no stream."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """`{"topics": {topic: data}}`."""
        wanted = topics.read(request.query_params.get("topics", ""))
        return Response({"topics": latest.read(wanted)})
