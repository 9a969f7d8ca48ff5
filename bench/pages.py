"""What open pages cost the web process while jobs finish, and how soon the first page is there.

python -m bench.pages [--pages 200] [--rate 100] [--seconds 30] [--json FILE]

The pages are their streams, held open as browsers do: four of ten show the overview with a chart,
four a list of fifty jobs, two the executors. Where there is a Chromium, it then opens the first
page with an empty cache, as often as there are runs, once with the jobs and once without.
"""

from __future__ import annotations

import argparse
import asyncio
import threading
import time
from typing import Any
from urllib.parse import quote

import psutil

from bench import celeriac, report
from bench.page_load import first_page
from bench.stage import answers, stage, until
from config.embedded.ports import free_port

COLUMNS = ("open pages", "jobs/s", "events/s", "kB/s", "web's CPU, share of a core")
SHOWN = 50
"""Jobs in a list."""
SETTLE = 3.0
"""Seconds before the measurement begins."""


class Readers:
    """The streams of pages, and what came on them; in a thread with an event loop of its own."""

    def __init__(self, port: int, token: str, topics: list[str]) -> None:
        self.bytes = 0
        self.events = 0
        self.open = 0
        self._port = port
        self._token = token
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._begin(topics), self._loop).result()

    def close(self) -> None:
        """Leaves all streams."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _begin(self, topics: list[str]) -> None:
        self._reading = [asyncio.create_task(self._read(each)) for each in topics]

    async def _end(self) -> None:
        for reading in self._reading:
            reading.cancel()
        await asyncio.gather(*self._reading, return_exceptions=True)

    async def _read(self, topics: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        head = (
            f"GET /ui/live?topics={quote(topics)} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
            f"Authorization: Token {self._token}\r\nAccept: text/event-stream\r\n\r\n"
        )
        writer.write(head.encode())
        status = await reader.readline()
        if b" 200 " not in status:
            raise AssertionError(status)
        self.open += 1
        while chunk := await reader.read(65536):
            self.bytes += len(chunk)
            self.events += chunk.count(b"\ndata: ")
        writer.close()


class Submitter:
    """Submits no-op jobs at an even rate, ten times a second."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        """Ends it."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        from django.db import connection

        due = time.monotonic()
        while not self._stopping.wait(max(0.0, due - time.monotonic())):
            celeriac.submit("noop", self._rate // 10)
            due += 0.1
        connection.close()


def main() -> None:
    """Measures without pages, with them, and the first page."""
    options = report.parser(__doc__.splitlines()[0], runs=3)
    options.add_argument("--pages", type=int, default=200)
    options.add_argument("--rate", type=int, default=100, help="jobs a second")
    options.add_argument("--seconds", type=float, default=30.0)
    arguments = options.parse_args()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    web = ("-m", "uvicorn", "config.asgi:application", f"--port={port}", "--no-access-log")
    with stage() as the_stage, celeriac.platform(the_stage):
        from jobs.tokens import issue_token

        token = issue_token("bench", "viewer")
        with the_stage.process(*web, "--log-level=warning") as process:
            until(lambda: answers(f"{url}/healthz"), "the web process answers")
            submitter = Submitter(arguments.rate)
            until(lambda: celeriac.rows("jobs_job") > SHOWN, "there are jobs to list")
            measured = psutil.Process(process.pid)
            rows = [
                _measure(measured, port, token, pages, arguments) for pages in (0, arguments.pages)
            ]
            busy = first_page(url, arguments.runs)
            submitter.stop()
            idle = first_page(url, arguments.runs)
    title = f"Open pages at {arguments.rate} jobs a second, {arguments.seconds:g} s each"
    report.show(title, COLUMNS, rows, arguments.json)
    for beside, seconds in (("with the jobs", busy), ("without them", idle)):
        shown = ", ".join(f"{s:.2f}" for s in seconds)
        print(f"The first page, cold cache, seconds to its load event, {beside}: {shown}")


def _measure(
    web: psutil.Process, port: int, token: str, pages: int, arguments: argparse.Namespace
) -> list[Any]:
    readers = Readers(port, token, _topics(pages))
    until(lambda: readers.open == pages, "all pages are live")
    time.sleep(SETTLE)
    began, busy, finished = time.monotonic(), _busy(web), _finished()
    events, size = readers.events, readers.bytes
    time.sleep(arguments.seconds)
    lasted = time.monotonic() - began
    row = [
        pages,
        (_finished() - finished) / lasted,
        (readers.events - events) / lasted,
        (readers.bytes - size) / lasted / 1000,
        (_busy(web) - busy) / lasted,
    ]
    readers.close()
    return row


def _topics(pages: int) -> list[str]:
    """What so many pages ask for."""
    from jobs.models import Job

    newest = ",".join(str(id_) for id_ in Job.objects.values_list("id", flat=True)[:SHOWN])
    kinds = {
        **dict.fromkeys(range(4), "overview chart:5m:finished:status"),
        **dict.fromkeys(range(4, 8), f"jobs:{newest}"),
        **dict.fromkeys(range(8, 10), "executors"),
    }
    return [kinds[number % 10] for number in range(pages)]


def _busy(process: psutil.Process) -> float:
    """Seconds of CPU that a process has used."""
    times = process.cpu_times()
    return float(times.user + times.system)


def _finished() -> int:
    return celeriac.rows("jobs_job WHERE completed_at IS NOT NULL")


if __name__ == "__main__":
    main()
