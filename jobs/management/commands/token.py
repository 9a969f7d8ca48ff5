"""`manage.py token --role operator --name ci`: prints a new token."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jobs import labels
from jobs.errors import CeleriacError
from jobs.permissions import Role
from jobs.tokens import issue_token

LONGEST = 3650


class Command(BaseCommand):
    """Issues a token."""

    help = "Prints a new API token. It is stored as a hash only, so it can't be shown again."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--role`, `--name`, `--group`, `--days`."""
        parser.add_argument("--role", choices=[str(role) for role in Role], required=True)
        parser.add_argument("--name", type=_name, help="Whose token it is.")
        parser.add_argument(
            "--group",
            type=_group,
            help="For the role executor: the group of HTTP executors that it is for, which is its "
            "name, too, if none is given.",
        )
        parser.add_argument(
            "--days", type=_days, help="How long it is valid; TOKEN_TTL_DAYS if left out."
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Prints the token alone, so that scripts can take it."""
        ttl = timedelta(days=options["days"]) if options["days"] else None
        group, name = options["group"], options["name"] or options["group"]
        if (options["role"] == Role.EXECUTOR) != bool(group):
            raise CommandError("Give --group with the role executor, and with no other.")
        if not name:
            raise CommandError("Give --name: whose token it is.")
        try:
            token = issue_token(name, options["role"], ttl, group=group)
        except CeleriacError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(token)


def _name(text: str) -> str:
    if not 1 <= len(text) <= 150 or not text.isprintable():
        raise ArgumentTypeError("a name has 1 to 150 printable characters")
    return text


def _group(text: str) -> str:
    if not labels.is_group(text):
        raise ArgumentTypeError(labels.GROUP_RULE)
    return text


def _days(text: str) -> float:
    days = float(text) if text.replace(".", "", 1).isdigit() else 0.0
    if not 0 < days <= LONGEST:
        message = f"days are a number above 0, at most {LONGEST}"
        raise ArgumentTypeError(message)
    return days
