"""The ASGI application of followed logs: `GET /api/v1/jobs/{id}/logs` as server-sent events.

Django's view answers the same request first, without the wish for a stream: so who may read, what
makes no sense and what there is not is decided there alone. If it agrees, the stream begins.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.conf import settings

from executors.api.live.hub import Hub
from executors.api.live.refusals import too_many
from executors.api.live.stream import Send, follow
from executors.api.logs import LIMIT_MAX, read_query

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

PATH = re.compile(r"/api/v1/jobs/([0-9a-fA-F-]{36})/logs/?")


class LogStreams:
    """Streams of logs; `pages` answers what is asked of Django."""

    def __init__(self, pages: Application) -> None:
        self._pages = pages
        self._hub = Hub()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request that `wants_stream`."""
        given = _query(scope)
        answer = await _ask(self._pages, _without_stream(scope, given))
        if answer[0]["status"] != 200:
            for message in answer:
                await send(message)
        elif len(self._hub) >= settings.CELERIAC["LOG_STREAMS_MAX"]:
            for message in too_many(scope["path"]):
                await send(message)
        else:
            query = read_query(_job_id(scope), {"limit": str(LIMIT_MAX)} | given)
            await _until_disconnect(receive, follow(self._hub, query, send))


def wants_stream(scope: Scope) -> bool:
    """Whether it is a request for a log as server-sent events."""
    return (
        scope["type"] == "http"
        and scope["method"] == "GET"
        and PATH.fullmatch(scope["path"]) is not None
        and ("text/event-stream" in _header(scope, b"accept") or _has_wish(scope))
    )


def _has_wish(scope: Scope) -> bool:
    return dict(_pairs(scope)).get("stream", "").lower() in {"1", "true"}


def _job_id(scope: Scope) -> str:
    match = PATH.fullmatch(scope["path"])
    assert match is not None
    return match[1].lower()


def _header(scope: Scope, name: bytes) -> str:
    values = [value for key, value in scope["headers"] if key == name]
    return b",".join(values).decode("latin1")


def _pairs(scope: Scope) -> list[tuple[str, str]]:
    return parse_qsl(scope["query_string"].decode("latin1"), keep_blank_values=True)


def _query(scope: Scope) -> dict[str, str]:
    """What is asked for; a client that comes back goes on where it was."""
    query = {name: value for name, value in _pairs(scope) if name != "stream"}
    if last := _header(scope, b"last-event-id"):
        query["after"] = last
    return query


def _without_stream(scope: Scope, given: dict[str, str]) -> Scope:
    """The same request for a page, and a short one, as only its status matters."""
    query = {"limit": "1"} | given
    headers = [(key, value) for key, value in scope["headers"] if key != b"accept"]
    headers.append((b"accept", b"application/json"))
    return {**scope, "query_string": urlencode(query).encode(), "headers": headers}


async def _ask(pages: Application, scope: Scope) -> list[dict[str, Any]]:
    """The messages of Django's answer."""
    answer: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        answer.append(message)

    await pages(scope, receive, send)
    return answer


async def _until_disconnect(receive: Receive, work: Any) -> None:
    """Does the work, and gives it up when the client is gone."""
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_disconnect(receive))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving.cancel()
        working.cancel()
        results = await asyncio.gather(working, leaving, return_exceptions=True)
    if isinstance(results[0], Exception):
        raise results[0]


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
