"""Runs the exhibits one after the other in front of a person."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import requests
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from config.demo import exhibits
from config.demo.client import Api, TookTooLong
from config.embedded.server import last_lines
from config.processes.platform import Running
from config.processes.screen import Screen
from jobs.errors import CeleriacError

LOG_LINES = 15


def show(running: Running, folder: Path, screen: Screen) -> bool:
    """Runs all exhibits; returns whether the platform did all of them right."""
    folder.mkdir(parents=True, exist_ok=True)
    api = Api(running.credentials["url"], running.credentials["token"])
    programme = (
        ("add_numbers", lambda: exhibits.add_numbers(api)),
        ("reverse_string", lambda: exhibits.reverse_string(api)),
        ("resize_image", lambda: exhibits.resize_image(api, folder)),
        ("large_array_sum", lambda: exhibits.large_array_sum(api, folder)),
        ("monte_carlo_pi", lambda: exhibits.monte_carlo_pi(api)),
        (f"{exhibits.MANY:,} jobs in one request", lambda: _many(api, screen)),
        ("a task that fires every second", lambda: exhibits.every_second(api)),
        ("a task on an HTTP executor", lambda: exhibits.http_executor(api)),
        ("a job that fails at first", lambda: exhibits.flaky(api)),
        ("a job that fails for good", lambda: exhibits.broken(api)),
    )
    with closing(api):
        failures = [
            failure for title, exhibit in programme if (failure := _run(title, exhibit, screen))
        ]
    for name in sorted({_concerned(failure) for failure in failures}):
        log = running.logs / f"{name}.log"
        screen.say(f"\nThe end of {log}:\n{last_lines(log, limit=LOG_LINES)}")
    return not failures


def _run(title: str, exhibit: Callable[[], str], screen: Screen) -> Exception | None:
    """Runs one exhibit as a step; returns what went wrong."""
    with screen.step(title) as step:
        try:
            step.details = exhibit()
        except (CeleriacError, requests.RequestException) as error:
            step.ok = False
            step.details = str(error)
            return error
    return None


def _concerned(failure: Exception) -> str:
    """The process whose log may tell more: the job's executor, or whoever should have found one."""
    if not isinstance(failure, exhibits.Wrong):
        return "dispatcher" if isinstance(failure, TookTooLong) else "web"
    return str((failure.job and failure.job["executor"]) or "dispatcher")


def _many(api: Api, screen: Screen) -> str:
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("jobs"), TimeElapsedColumn())
    with Progress(
        *columns, console=screen.console, transient=True, disable=not screen.console.is_terminal
    ) as progress:
        task = progress.add_task("", total=exhibits.MANY)
        return exhibits.many(api, lambda count: progress.advance(task, count))
