"""`manage.py demo`: all of Celeriac on this machine, and real jobs in front of a person."""

from __future__ import annotations

import signal
import sys
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.demo.show import show
from config.environment import data_dir
from config.processes.platform import Plan, Running, bring_up
from config.processes.screen import Screen
from jobs.errors import CeleriacError


class Command(BaseCommand):
    """Starts every process on embedded servers, and checks that jobs come out right."""

    help = "Starts Celeriac on an embedded Postgres and Valkey and runs real jobs."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--exit`."""
        parser.add_argument(
            "--exit", action="store_true", help="End after the jobs, as without a terminal."
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Exits with 0 if every job did what it should."""
        screen = Screen()
        plan = Plan("demo", extra={"CELERIAC_DEMO": "1"}, samples=True)
        right = False
        try:
            with suppress(KeyboardInterrupt), bring_up(plan, screen) as running:
                right = show(running, data_dir() / "demo", screen)
                _introduce(running, right, screen)
                if sys.stdout.isatty() and not options["exit"]:
                    screen.say("Serving until Ctrl-C.")
                    signal.pause()
        except (CeleriacError, OSError) as error:
            raise CommandError(str(error)) from error
        sys.exit(0 if right else 1)


def _introduce(running: Running, right: bool, screen: Screen) -> None:
    url, credentials = running.addresses.url, running.credentials
    screen.say()
    screen.say("Every job did what it should." if right else "Not every job did what it should.")
    screen.say()
    for what, value in (
        ("Pages", f"{url}/ui/"),
        ("API", f"{url}/api/v1/"),
        ("API documentation", f"{url}/api/docs/"),
        ("Admin", f"{url}/admin/"),
        ("Flower", credentials["flower_url"]),
        ("User name", credentials["username"]),
        ("Password", credentials["password"]),
        ("Token", credentials["token"]),
        ("Logs", running.logs),
    ):
        screen.say(f"  {what:<18} {value}")
    screen.say()
