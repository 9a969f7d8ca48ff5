"""Runs the exhibits one after the other in front of a person."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import requests
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from config.demo import exhibits
from config.demo.client import Api
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
        (f"{exhibits.MANY:,} jobs in one request", lambda: _many(api, screen)),
        ("a job that fails at first", lambda: exhibits.flaky(api)),
        ("a job that fails for good", lambda: exhibits.broken(api)),
    )
    with closing(api):
        rights = [_show_one(*number, running.logs, screen) for number in programme]
    return all(rights)


def _show_one(title: str, exhibit: Callable[[], str], logs: Path, screen: Screen) -> bool:
    with screen.step(title) as step:
        try:
            step.details = exhibit()
        except (CeleriacError, requests.RequestException) as error:
            step.ok = False
            screen.report(str(error))
            _show_log(error, logs, screen)
        return step.ok


def _many(api: Api, screen: Screen) -> str:
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("jobs"), TimeElapsedColumn())
    with Progress(
        *columns, console=screen.console, transient=True, disable=not screen.console.is_terminal
    ) as progress:
        task = progress.add_task("", total=exhibits.MANY)
        return exhibits.many(api, lambda count: progress.advance(task, count))


def _show_log(error: Exception, logs: Path, screen: Screen) -> None:
    """The end of the log of the process where things went wrong, as far as that is known."""
    job = error.job if isinstance(error, exhibits.Wrong) else None
    name = (job and job["executor"]) or ("web" if job is None else "dispatcher")
    log = logs / f"{name}.log"
    screen.say(f"    the end of {log}:")
    screen.say(last_lines(log, limit=LOG_LINES))
