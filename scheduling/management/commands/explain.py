"""`manage.py explain ID`: why a job waits, when it ends, or where its time went."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from jobs.errors import CeleriacError
from scheduling.explaining.explain import explain
from scheduling.explaining.page import page


class Command(BaseCommand):
    """Explains one job."""

    help = "Says why a job waits and when it will start, when it ends, or where its time went."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """The job's id, and `--json`."""
        parser.add_argument("job", type=UUID, metavar="ID", help="the job's id")
        parser.add_argument("--json", action="store_true", help="as the API answers it")

    def handle(self, *, job: UUID, json: bool, **_: Any) -> None:
        """Prints the explanation."""
        try:
            found = explain(job)
        except CeleriacError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(found.model_dump_json(indent=2) if json else page(found), ending="")
        if json:
            self.stdout.write()
