"""The ASGI application of followed logs: `GET /api/v1/jobs/{id}/logs` as server-sent events.

Django's view answers the same request first, without the wish for a stream: so who may read, what
makes no sense and what there is not is decided there alone. If it agrees, the stream begins.
"""

from __future__ import annotations

import re

from django.conf import settings

from executors.api.live.hub import Hub
from executors.api.live.stream import follow
from executors.api.logs import LIMIT_MAX, read_query
from jobs.api.streams.asgi import Application, Receive, Scope, Send, answer, for_json, header, pairs

PATH = re.compile(r"/api/v1/jobs/([0-9a-fA-F-]{36})/logs/?")
TOO_MANY = "As many logs are followed here as may be: try again later, or poll with `after`."


class LogStreams:
    """Streams of logs; `pages` answers what is asked of Django."""

    def __init__(self, pages: Application) -> None:
        self._pages = pages
        self._hub = Hub()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request that `wants_stream`."""
        given = _query(scope)
        query = {"limit": str(LIMIT_MAX)} | given

        async def stream() -> None:
            await follow(self._hub, read_query(_job_id(scope), query), send)

        # Django is asked for a short page, as only its status matters.
        await answer(
            self._pages,
            for_json(scope, {"limit": "1"} | given),
            receive,
            send,
            full=self._full,
            stream=stream,
        )

    def _full(self) -> str | None:
        return TOO_MANY if len(self._hub) >= settings.CELERIAC["LOG_STREAMS_MAX"] else None


def wants_stream(scope: Scope) -> bool:
    """Whether it is a request for a log as server-sent events."""
    return (
        scope["type"] == "http"
        and scope["method"] == "GET"
        and PATH.fullmatch(scope["path"]) is not None
        and ("text/event-stream" in header(scope, b"accept") or _has_wish(scope))
    )


def _has_wish(scope: Scope) -> bool:
    return dict(pairs(scope)).get("stream", "").lower() in {"1", "true"}


def _job_id(scope: Scope) -> str:
    match = PATH.fullmatch(scope["path"])
    assert match is not None
    return match[1].lower()


def _query(scope: Scope) -> dict[str, str]:
    """What is asked for; a client that comes back goes on where it was."""
    query = {name: value for name, value in pairs(scope) if name != "stream"}
    if last := header(scope, b"last-event-id"):
        query["after"] = last
    return query
