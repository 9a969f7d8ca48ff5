"""Open pages without browsers, for `bench.pages`: their streams, and what they ask for."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True)
class Page:
    """An open page: the topics of its stream, that of a log, and a part that it fetches anew.

    That is when something changed, at most `every` so many seconds, as the scripts of pages do.
    """

    topics: str
    log: str = ""
    part: str = ""
    every: float = 1.0


class Readers:
    """Pages that are open, and what came on them; in a thread with an event loop of its own."""

    def __init__(self, port: int, session: str, pages: list[Page]) -> None:
        self.bytes = 0
        self.events = 0
        self.open = 0
        self.asked = 0
        self._port = port
        self._session = session
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._begin(pages), self._loop).result()

    def close(self) -> None:
        """Leaves all pages."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _begin(self, pages: list[Page]) -> None:
        self._reading = [asyncio.create_task(self._look_at(page)) for page in pages]

    async def _end(self) -> None:
        for reading in self._reading:
            reading.cancel()
        await asyncio.gather(*self._reading, return_exceptions=True)

    async def _look_at(self, page: Page) -> None:
        changed = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._stream(f"/ui/live?topics={quote(page.topics)}", changed))
            if page.log:
                group.create_task(self._stream(page.log))
            if page.part:
                group.create_task(self._fetch(page, changed))

    async def _stream(self, path: str, changed: asyncio.Event | None = None) -> None:
        reader, writer = await self._ask(path, "text/event-stream")
        self.open += changed is not None
        while chunk := await reader.read(65536):
            self.bytes += len(chunk)
            self.events += chunk.count(b"\ndata: ")
            if changed and b"event: change" in chunk:
                changed.set()
        writer.close()

    async def _fetch(self, page: Page, changed: asyncio.Event) -> None:
        while True:
            await changed.wait()
            changed.clear()
            began = time.monotonic()
            reader, writer = await self._ask(page.part, "text/html")
            self.bytes += len(await reader.read(-1))
            self.asked += 1
            writer.close()
            await asyncio.sleep(max(0.0, page.every - (time.monotonic() - began)))

    async def _ask(
        self, path: str, accepted: str
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        head = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nConnection: close\r\n"
            f"Cookie: sessionid={self._session}\r\nAccept: {accepted}\r\nHX-Request: true\r\n\r\n"
        )
        writer.write(head.encode())
        status = await reader.readline()
        if b" 200 " not in status:
            raise AssertionError(status)
        return reader, writer
