"""One page's stream: snapshots of its topics, then what changes of them."""

from __future__ import annotations

from collections.abc import Collection

from dashboard.live.hub import Hub, Watch
from jobs.api.streams import sending
from jobs.api.streams.asgi import Send


async def follow(hub: Hub, topics: Collection[str], send: Send) -> None:
    """Sends what there is to be told, until the server leaves or the stream's time is up."""
    with hub.watching(topics) as watch:
        await sending.stream(send, lambda: _send_changes(hub, watch, send))


async def _send_changes(hub: Hub, watch: Watch, send: Send) -> None:
    while not hub.is_leaving:
        watch.news.clear()
        if told := hub.take(watch):
            await sending.send_body(send, told)
        await sending.wait(watch.news, send)
