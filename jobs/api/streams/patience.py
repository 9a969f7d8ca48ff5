"""Patience with clients that do not read what they are sent, and its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

from jobs.api.streams.asgi import Application, Receive, Scope, Send
from jobs.errors import CeleriacError

logger = logging.getLogger("celeriac.streams")

PATIENCE = 30.0
"""Seconds that a client may take to read what it was sent."""
PIECE = 65_536
"""Bytes of an answer that are sent at once: who reads slowly is to be told from who does not."""


class DoesNotRead(CeleriacError):
    """The client has read nothing of what it was sent for too long."""


async def send_in_time(send: Send, message: dict[str, Any]) -> None:
    """Sends a piece of an answer; raises `DoesNotRead`."""
    try:
        async with asyncio.timeout(PATIENCE):
            await send(message)
    except TimeoutError:
        raise DoesNotRead from None


def send_away(send: Send) -> None:
    """Drops the connection at once: uvicorn would wait for all that it has sent to be read."""
    logger.info("A client that reads no more was sent away.")
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()


def impatient(app: Application) -> Application:
    """The same application, whose clients are sent away when they do not read."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        is_gone = False

        async def send_or_drop(message: dict[str, Any]) -> None:
            # An exception would stop what empties a2wsgi's queue, and so hold its thread for good.
            nonlocal is_gone
            if is_gone:
                return
            try:
                for piece in _pieces(message):
                    await send_in_time(send, piece)
            except DoesNotRead:
                is_gone = True
                send_away(send)

        await app(scope, receive, send_or_drop)

    return answer


def _pieces(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    body = message.get("body", b"")
    last = max(0, len(body) - 1) // PIECE * PIECE
    for start in range(0, last, PIECE):
        yield message | {"body": body[start : start + PIECE], "more_body": True}
    yield message | {"body": body[last:]} if last else message
