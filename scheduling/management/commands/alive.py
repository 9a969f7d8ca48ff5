"""`manage.py alive`: whether a process has a fresh heartbeat, for health checks."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Model, QuerySet
from django.db.models.functions import Now

from executors.models import Executor, Process
from executors.processes.roles import ProcessRole
from executors.states import ExecutorStatus


class Command(BaseCommand):
    """Exits with 0 if the process is alive, else with 1 and the reason."""

    help = "Says whether a process of this host, or a worker, has a fresh heartbeat."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """`dispatcher`, `beat`, `gateway`, `web`, or `worker NAME`."""
        kinds = parser.add_subparsers(dest="kind", required=True)
        for role in ProcessRole:
            one = kinds.add_parser(role, help=f"a process that is a {role}")
            one.add_argument("--host", default=socket.gethostname(), help="where it runs")
        kinds.add_parser("worker", help="a worker").add_argument("name", help="its name: w1")

    def handle(self, *, kind: str, **options: Any) -> None:
        """Looks for a fresh heartbeat in the database."""
        oldest = Now() - timedelta(seconds=settings.CELERIAC["HEARTBEAT_LIMIT"])
        found: QuerySet[Any, Model]
        if kind == "worker":
            name = options["name"]
            found = Executor.objects.filter(name=name, last_heartbeat__gt=oldest).exclude(
                status=ExecutorStatus.OFFLINE
            )
        else:
            name = options["host"]
            found = Process.objects.filter(
                role=kind, host=name, last_beat__gt=oldest, ended_at=None
            )
        if not found.exists():
            message = f"The {kind} {name} has no fresh heartbeat."
            raise CommandError(message)
        self.stdout.write(f"The {kind} {name} is alive.")
