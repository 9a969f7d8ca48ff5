"""`manage.py up`: all of Celeriac on this machine, for real use."""

from __future__ import annotations

import os
import signal
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

import environ
from django.core.management.base import BaseCommand, CommandError

from config.environment import BASE_DIR, Services, named_services
from config.processes.platform import Plan, Running, bring_up
from config.processes.screen import Screen
from jobs.errors import CeleriacError


class Command(BaseCommand):
    """Starts every process and keeps it running until Ctrl-C or SIGTERM."""

    help = (
        "Starts web, dispatcher, beat, workers and Flower, on the servers that DATABASE_URL and "
        "BROKER_URL or REDIS_URL name, or on an embedded Postgres and Valkey."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--host`, `--port`."""
        parser.add_argument("--host", default="127.0.0.1", help="Where the web process listens.")
        parser.add_argument("--port", type=int, help="Its port; API_PORT, or 8080, if left out.")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Runs until it is told to stop."""
        environ.Env.read_env(BASE_DIR / ".env")
        screen = Screen()
        plan = Plan("up", _named_servers(), host=options["host"], port=options["port"])
        try:
            with suppress(KeyboardInterrupt), bring_up(plan, screen) as running:
                _introduce(running, screen)
                signal.pause()
        except (CeleriacError, OSError) as error:
            raise CommandError(str(error)) from error


def _named_servers() -> Services | None:
    services = named_services(os.environ)
    if bool(services.database_url) != bool(services.broker_url):
        missing = "BROKER_URL" if services.database_url else "DATABASE_URL"
        message = f"Set {missing} too: either both servers are yours, or both are embedded."
        raise CommandError(message)
    return services if services.database_url else None


def _introduce(running: Running, screen: Screen) -> None:
    screen.say(f"\nCeleriac is up at {running.addresses.url}; Ctrl-C stops it.")
    screen.say(f"Logs: {running.logs}")
    if running.credentials:
        screen.say(f"Account and token: {running.logs.parent / 'credentials.json'}")
    else:
        screen.say(f"Flower: {running.addresses.flower_url} (login {running.flower_login})")
