"""What open pages cost the web process while jobs finish, and how soon the first page is there.

python -m bench.pages [--pages 200] [--rate 100] [--seconds 30] [--json FILE]

The pages are what browsers hold open and ask for: of ten, three show the overview with a chart,
three a list of fifty jobs, two a job (its log and the parts that change, too), one the executors
and one an executor (and what it ran lately). Where there is a Chromium, it then opens the first
page with an empty cache, as often as there are runs, once with the jobs and once without.
"""

from __future__ import annotations

import argparse
import threading
import time
from typing import Any

import psutil

from bench import celeriac, report
from bench.page_load import first_page, session
from bench.page_readers import Page, Readers
from bench.stage import answers, stage, until
from config.embedded.ports import free_port

COLUMNS = ("open pages", "jobs/s", "events/s", "parts/s", "kB/s", "web's CPU, share of a core")
SHOWN = 50
"""Jobs in a list."""
SETTLE = 3.0
"""Seconds before the measurement begins."""


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
    with (
        stage() as the_stage,
        celeriac.platform(the_stage),
        the_stage.process(*web, "--log-level=warning") as process,
    ):
        until(lambda: answers(f"{url}/healthz"), "the web process answers")
        submitter = Submitter(arguments.rate)
        until(lambda: celeriac.rows("jobs_job") > SHOWN, "there are jobs to list")
        measured = psutil.Process(process.pid)
        rows = [
            _measure(measured, port, session(), pages, arguments) for pages in (0, arguments.pages)
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
    web: psutil.Process, port: int, cookie: str, pages: int, arguments: argparse.Namespace
) -> list[Any]:
    readers = Readers(port, cookie, _pages(pages))
    until(lambda: readers.open == pages, "all pages are live")
    time.sleep(SETTLE)
    began, busy, finished = time.monotonic(), _busy(web), _finished()
    events, asked, size = readers.events, readers.asked, readers.bytes
    time.sleep(arguments.seconds)
    lasted = time.monotonic() - began
    row = [
        pages,
        (_finished() - finished) / lasted,
        (readers.events - events) / lasted,
        (readers.asked - asked) / lasted,
        (readers.bytes - size) / lasted / 1000,
        (_busy(web) - busy) / lasted,
    ]
    readers.close()
    return row


def _pages(count: int) -> list[Page]:
    """So many pages."""
    from executors.models import Executor
    from jobs.models import Job

    newest = [str(id_) for id_ in Job.objects.values_list("id", flat=True)[: max(SHOWN, count)]]
    executors = [str(id_) for id_ in Executor.objects.values_list("id", flat=True)]

    def page(number: int) -> Page:
        kind, turn = number % 10, number // 10
        if kind < 3:
            return Page("overview chart:5m:finished:status")
        if kind < 6:
            return Page(f"jobs:{','.join(newest[:SHOWN])}")
        if kind < 8:
            job = newest[number % len(newest)]
            log = f"/api/v1/jobs/{job}/logs?stream=true&after=0"
            return Page(f"job:{job}", log, f"/ui/jobs/{job}/parts", every=0.7)
        if kind == 8:
            return Page(f"executors slots:{','.join(executors)}")
        its = executors[turn % len(executors)]
        return Page(f"slots:{its}", part=f"/ui/executors/{its}?part=executions", every=3.0)

    return [page(number) for number in range(count)]


def _busy(process: psutil.Process) -> float:
    """Seconds of CPU that a process has used."""
    times = process.cpu_times()
    return float(times.user + times.system)


def _finished() -> int:
    return celeriac.rows("jobs_job WHERE completed_at IS NOT NULL")


if __name__ == "__main__":
    main()
