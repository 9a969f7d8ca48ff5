"""`manage.py screenshots`: pictures of every page, light and dark, for the documentation."""

from __future__ import annotations

import os
import tempfile
from argparse import ArgumentParser
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.demo.client import Api
from config.environment import BASE_DIR
from config.processes.platform import Plan, Running, bring_up
from config.processes.screen import Screen
from config.screenshots.browser import SCHEMES, browser, photograph
from config.screenshots.pages import pages
from config.screenshots.pictures import save
from config.screenshots.seed import Seeded, seeded
from jobs.errors import CeleriacError

FOLDER = BASE_DIR / "docs" / "screenshots"


class Command(BaseCommand):
    """Brings a platform up in a directory of its own, keeps it busy, and photographs its pages."""

    help = "Makes docs/screenshots/ anew, with Playwright and a Chromium."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--to`."""
        parser.add_argument("--to", type=Path, default=FOLDER, help="Where the pictures go.")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Leaves nothing behind but the pictures."""
        screen = Screen()
        with tempfile.TemporaryDirectory(prefix="celeriac-screenshots-") as name:
            directory = Path(name)
            directory.chmod(0o711)  # Postgres may run as another user below it.
            os.environ["CELERIAC_DATA_DIR"] = name
            plan = Plan("screenshots", extra={"CELERIAC_DEMO": "1"}, samples=True)
            try:
                # Asked for first: what is missing is told at once, not after a minute.
                with browser() as chromium, bring_up(plan, screen) as running:
                    _photograph_all(chromium, running, directory, options["to"], screen)
            except (CeleriacError, OSError) as error:
                raise CommandError(str(error)) from error


def _photograph_all(
    chromium: Any, running: Running, directory: Path, folder: Path, screen: Screen
) -> None:
    api = Api(running.credentials["url"], running.credentials["token"])
    with closing(api), ExitStack() as stack:
        with screen.step("Something to see"):
            it = stack.enter_context(seeded(api, directory / "demo"))
        for scheme in SCHEMES:
            _photograph(chromium, running, it, scheme, folder, screen)


def _photograph(
    chromium: Any, running: Running, it: Seeded, scheme: str, folder: Path, screen: Screen
) -> None:
    with screen.step(f"Pictures, {scheme}") as step:
        url, login = running.addresses.url, running.credentials
        shots = photograph(chromium, url, login, scheme, pages(it))
        sizes = [save(png, folder / f"{name}.png") for name, png in shots]
        step.details = f"{len(sizes)}, {sum(sizes) / 1024:,.0f} KiB"
