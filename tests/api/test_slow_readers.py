"""An answer that its client does not read holds none of the threads that serve the pages."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import uvicorn
from a2wsgi import WSGIMiddleware

from jobs.api.streams import patience

BODY = b"".join(b"%08x" % number for number in range(4_000_000))
PART = 500_000


class Download:
    """A long answer, as WSGI has it; `closed` is set when its thread is done with it."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def __call__(self, environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Length", str(len(BODY)))])
        try:
            yield from (BODY[start : start + PART] for start in range(0, len(BODY), PART))
        finally:
            self.closed.set()


async def ask(download: Download, *, reads: bool) -> bytes:
    """Asks a real server for it and waits until its thread is free; what the client has read."""
    wsgi: Any = WSGIMiddleware(download, workers=1)
    config = uvicorn.Config(patience.impatient(wsgi), log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server.serve([listening]))
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        read = await reader.read() if reads else b""
        was_closed = await asyncio.to_thread(download.closed.wait, 60)
        writer.transport.abort()
        server.should_exit = True
        await serving
    assert was_closed
    return read


def test_who_does_not_read_is_sent_away_without_an_error(monkeypatch, caplog):
    monkeypatch.setattr(patience, "PATIENCE", 0.2)
    asyncio.run(ask(Download(), reads=False))
    assert not [record for record in caplog.records if record.levelname in {"WARNING", "ERROR"}]


def test_who_reads_gets_it_all():
    read = asyncio.run(ask(Download(), reads=True))
    assert read.partition(b"\r\n\r\n")[2] == BODY
