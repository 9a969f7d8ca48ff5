"""The ASGI application of the live stream: `GET /ui/live?topics=…` as server-sent events.

Django's view answers the same request first: it knows who is logged in, and what is a topic.
"""

from __future__ import annotations

import re

from django.conf import settings

from dashboard.live import topics
from dashboard.live.hub import Hub
from dashboard.live.stream import follow
from jobs.api.streams.asgi import Application, Receive, Scope, Send, answer, for_json, pairs

PATH = re.compile(r"/ui/live/?")
TOO_MANY = "As many pages are live here as may be: poll instead."


class LiveStreams:
    """Streams of what changes; `pages` answers what is asked of Django."""

    def __init__(self, pages: Application) -> None:
        self._pages = pages
        self._hub = Hub()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request that `wants_stream`."""
        query = dict(pairs(scope))

        async def stream() -> None:
            await follow(self._hub, topics.read(query["topics"]), send)

        asked = for_json(scope, query)
        await answer(self._pages, asked, receive, send, full=self._full, stream=stream)

    def _full(self) -> str | None:
        return TOO_MANY if len(self._hub) >= settings.CELERIAC["LIVE_STREAMS_MAX"] else None


def wants_stream(scope: Scope) -> bool:
    """Whether it is a request for the live stream."""
    return (
        scope["type"] == "http"
        and scope["method"] == "GET"
        and PATH.fullmatch(scope["path"]) is not None
    )
