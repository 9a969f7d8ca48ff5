"""`python manage.py dispatcher`: one leads, any others stand by."""

from __future__ import annotations

import logging
import signal
from typing import Any

from django.core.management.base import BaseCommand

from scheduling.dispatching.dispatcher import Dispatcher


class Command(BaseCommand):
    """Turns queued jobs into leases until SIGTERM or SIGINT."""

    help = "Places queued jobs on executors; one process leads, any others stand by."
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Runs the dispatcher; a signal ends it after the turn at hand."""
        logging.basicConfig(
            level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
        )
        dispatcher = Dispatcher()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: dispatcher.stop())
        dispatcher.run()
