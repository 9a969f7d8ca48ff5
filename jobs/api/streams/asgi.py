"""ASGI requests for streams: Django answers each first, and so decides who may read what."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from jobs.api.streams.refusals import too_many

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Work = Callable[[], Coroutine[Any, Any, None]]


def header(scope: Scope, name: bytes) -> str:
    """The values of a header; `name` is in lower case."""
    values = [value for key, value in scope["headers"] if key == name]
    return b",".join(values).decode("latin1")


def pairs(scope: Scope) -> list[tuple[str, str]]:
    """Names and values of the query."""
    return parse_qsl(scope["query_string"].decode("latin1"), keep_blank_values=True)


def for_json(scope: Scope, query: dict[str, str]) -> Scope:
    """The same request with another query, for an answer that is no stream."""
    headers = [(key, value) for key, value in scope["headers"] if key != b"accept"]
    headers.append((b"accept", b"application/json"))
    return {**scope, "query_string": urlencode(query).encode(), "headers": headers}


async def answer(
    pages: Application,
    asked: Scope,
    receive: Receive,
    send: Send,
    *,
    full: Callable[[], str | None],
    stream: Work,
) -> None:
    """Does `stream` if Django's answer to `asked` is 200; any other is the client's answer.

    `full` says why there may be no further stream, if so.
    """
    messages = await _ask(pages, asked)
    if messages[0]["status"] == 200:
        if (why := full()) is None:
            await _until_disconnect(receive, stream())
            return
        messages = too_many(asked["path"], why)
    for message in messages:
        await send(message)


async def _ask(pages: Application, scope: Scope) -> list[dict[str, Any]]:
    """The messages of Django's answer."""
    messages: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    await pages(scope, receive, send)
    return messages


async def _until_disconnect(receive: Receive, work: Coroutine[Any, Any, None]) -> None:
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
