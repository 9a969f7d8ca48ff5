"""One client's stream: the lines that there are, then each as it comes, until the job has ended."""

from __future__ import annotations

import logging
from contextlib import suppress

from django.db import DatabaseError, InterfaceError

from executors.api.live import events
from executors.api.live.hub import Hub, Watch
from executors.logs import reading
from executors.logs.reading import Page, Query
from jobs.api.streams import sending
from jobs.api.streams.asgi import Send
from jobs.errors import JobNotFound

logger = logging.getLogger("celeriac.logs")


async def follow(hub: Hub, query: Query, send: Send) -> None:
    """Sends the log until its job has ended, or the server leaves, or the stream's time is up."""
    with hub.watching(query.job_id) as watch:
        await sending.stream(send, lambda: _send_log(hub, watch, query, send))


async def _send_log(hub: Hub, watch: Watch, query: Query, send: Send) -> None:
    with suppress(JobNotFound):
        while not hub.is_leaving:
            watch.news.clear()
            page = await _read(hub, query)
            if page is None:
                watch.forget()
            else:
                if page.lines:
                    await sending.send_body(send, b"".join(map(events.line, page.lines)))
                if page.complete:
                    await sending.send_body(send, events.end(page.cursor, page.status))
                    return
                query = reading.after(query, page.cursor)
            if page is None or not page.has_more:
                await sending.wait(watch.news, send)


async def _read(hub: Hub, query: Query) -> Page | None:
    """The next lines; None if the database is away."""
    try:
        return await hub.ask(lambda: reading.read(query))
    except (DatabaseError, InterfaceError) as error:
        logger.warning("The database is away; a log is followed when it is back: %s", error)
        return None
