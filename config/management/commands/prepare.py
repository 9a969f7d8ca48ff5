"""`manage.py prepare`: what `demo` and `up` need in the database before anything starts."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from config.credentials import ensure_credentials


class Command(BaseCommand):
    """Migrates, and makes the account and the token of the person at this machine."""

    help = "Migrates the database; with --credentials also makes an account and a token."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--credentials`."""
        parser.add_argument(
            "--credentials", type=Path, help="A JSON file that gets an admin's password and token."
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Runs both steps; each changes nothing where it has been done."""
        call_command("migrate", interactive=False, verbosity=1, skip_checks=True)
        if options["credentials"]:
            ensure_credentials(options["credentials"])
