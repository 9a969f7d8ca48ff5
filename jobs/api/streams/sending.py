"""How a stream is sent: its frame, heartbeats in silence, and patience with slow readers."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from jobs.api.streams.asgi import Send, Work
from jobs.api.streams.patience import DoesNotRead, send_away, send_in_time

HEARTBEAT_EVERY = 15.0
"""Seconds of silence after which a comment shows proxies that the stream lives."""
LONGEST = 3600.0
"""Seconds that a stream lasts; the client then connects again, and who it is is checked anew."""

RECONNECT_MS = 2000
START = f"retry: {RECONNECT_MS}\n\n".encode()
HEARTBEAT = b": alive\n\n"

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


async def stream(send: Send, work: Work) -> None:
    """Sends a stream whose events `work` sends, until it is done or the stream's time is up."""
    try:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send_body(send, START)
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST):
                await work()
        await send_body(send, b"", more=False)
    except DoesNotRead:
        send_away(send)


async def wait(news: asyncio.Event, send: Send) -> None:
    """Waits for news, and shows meanwhile that the stream lives."""
    while True:
        try:
            async with asyncio.timeout(HEARTBEAT_EVERY):
                await news.wait()
                return
        except TimeoutError:
            await send_body(send, HEARTBEAT)


async def send_body(send: Send, body: bytes, *, more: bool = True) -> None:
    """Sends a piece of the stream; raises `DoesNotRead`."""
    await send_in_time(send, {"type": "http.response.body", "body": body, "more_body": more})
