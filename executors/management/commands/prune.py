"""`manage.py prune`: removes old final jobs, as the dispatcher does now and then."""

from __future__ import annotations

import argparse
import re
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from executors import retention
from jobs import artifacts, orphans
from jobs.models import Artifact
from jobs.states import FINAL

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def duration(text: str) -> timedelta:
    """A number and a unit, `30s`, `15m`, `12h`, `7d` or `2w`, as a duration."""
    match = re.fullmatch(r"(\d{1,5})([smhdw])", text)
    if match is None:
        message = f"{text!r} is no duration: give a number and a unit, like 12h, 7d or 2w."
        raise argparse.ArgumentTypeError(message)
    return timedelta(**{UNITS[match[2]]: int(match[1])})


def batch_size(text: str) -> int:
    """A number from 1 to 100,000."""
    if not text.isdecimal() or not 1 <= int(text) <= 100_000:
        message = f"{text!r} is no number from 1 to 100000."
        raise argparse.ArgumentTypeError(message)
    return int(text)


class Command(BaseCommand):
    """Removes old final jobs in small batches."""

    help = (
        "Removes final jobs that are older than the settings say, with their executions, events "
        "and artifacts."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Adds the options."""
        parser.add_argument("--status", choices=sorted(FINAL), help="only jobs in this state")
        parser.add_argument(
            "--older-than",
            type=duration,
            metavar="AGE",
            help="instead of what the settings say, for example 12h, 7d or 2w",
        )
        parser.add_argument("--dry-run", action="store_true", help="only count")
        parser.add_argument(
            "--batch", type=batch_size, default=1000, help="jobs a transaction (default: 1000)"
        )
        parser.add_argument(
            "--orphans",
            action="store_true",
            help="also remove uploads of that age which no job refers to",
        )

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        """Goes through the final states, one batch after another."""
        ages = self._ages(options["status"], options["older_than"])
        verb = "would be removed" if dry_run else "removed"
        for status, age in ages.items():
            removed = (
                retention.count(status, age)
                if dry_run
                else self._prune(status, age, options["batch"])
            )
            self.stdout.write(f"{status}: {removed} jobs {verb}")
        if options["orphans"]:
            age = max(ages.values())
            uploads = self._uploads(age, options["batch"], dry_run=dry_run)
            self.stdout.write(f"uploads: {uploads} {verb}")

    def _ages(self, status: str | None, older_than: timedelta | None) -> dict[str, timedelta]:
        ages = settings.CELERIAC["KEEP"]
        if older_than is not None:
            ages = dict.fromkeys(ages, older_than)
        ages = {
            state: age for state, age in ages.items() if age is not None and status in (None, state)
        }
        if not ages:
            raise CommandError("The settings keep these jobs for ever; give --older-than.")
        return ages

    def _prune(self, status: str, age: timedelta, batch: int) -> int:
        total = 0
        while removed := retention.prune(status, age, batch):
            total += removed
        return total

    def _uploads(self, age: timedelta, batch: int, *, dry_run: bool) -> int:
        found = orphans.find(age)
        if not dry_run:
            for start in range(0, len(found), batch):
                artifacts.remove(Artifact.objects.filter(id__in=found[start : start + batch]))
        return len(found)
