"""One client's stream: the lines that there are, then each as it comes, until the job has ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from django.db import DatabaseError, InterfaceError

from executors.api.live import events
from executors.api.live.hub import Hub, Watch
from executors.logs import reading
from executors.logs.reading import Page, Query
from jobs.errors import CeleriacError, JobNotFound

logger = logging.getLogger("celeriac.logs")

Send = Callable[[dict[str, Any]], Awaitable[None]]


class DoesNotRead(CeleriacError):
    """The client has read nothing of what it was sent for too long."""


HEARTBEAT_EVERY = 15.0
"""Seconds of silence after which a comment shows proxies that the stream lives."""
PATIENCE = 30.0
"""Seconds that a client may take to read what it was sent."""
LONGEST = 3600.0
"""Seconds that a stream lasts; the client then connects again, and its token is checked anew."""

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


async def follow(hub: Hub, query: Query, send: Send) -> None:
    """Sends the log until its job has ended, or the server leaves, or the stream's time is up."""
    with hub.watching(query.job_id) as watch:
        try:
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            await _send_body(send, events.START)
            with suppress(TimeoutError, JobNotFound):
                async with asyncio.timeout(LONGEST):
                    await _send_log(hub, watch, query, send)
            await _send_body(send, b"", more=False)
        except DoesNotRead:
            logger.info("A client that reads no more was sent away.")
            _abort(send)


async def _send_log(hub: Hub, watch: Watch, query: Query, send: Send) -> None:
    while not hub.is_leaving:
        watch.news.clear()
        page = await _read(hub, query)
        if page is None:
            watch.forget()
        else:
            if page.lines:
                await _send_body(send, b"".join(map(events.line, page.lines)))
            if page.complete:
                await _send_body(send, events.end(page.cursor, page.status))
                return
            query = reading.after(query, page.cursor)
        if page is None or not page.has_more:
            await _wait(watch, send)


async def _read(hub: Hub, query: Query) -> Page | None:
    """The next lines; None if the database is away."""
    try:
        return await hub.ask(lambda: reading.read(query))
    except (DatabaseError, InterfaceError) as error:
        logger.warning("The database is away; a log is followed when it is back: %s", error)
        return None


async def _wait(watch: Watch, send: Send) -> None:
    while True:
        try:
            async with asyncio.timeout(HEARTBEAT_EVERY):
                await watch.news.wait()
                return
        except TimeoutError:
            await _send_body(send, events.HEARTBEAT)


async def _send_body(send: Send, body: bytes, *, more: bool = True) -> None:
    """Raises `DoesNotRead`."""
    try:
        async with asyncio.timeout(PATIENCE):
            await send({"type": "http.response.body", "body": body, "more_body": more})
    except TimeoutError:
        raise DoesNotRead from None


def _abort(send: Send) -> None:
    """Drops the connection at once: uvicorn would wait for all that it has sent to be read."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()
