"""`manage.py test [--use-env] [pytest's arguments]`: the tests, on servers of their own."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from django.core.management.base import BaseCommand

from config.embedded.servers import EmbeddedServers, environment

PROCESSES = min((os.cpu_count() or 1) + 1, 4)
"""One more than there are cores: many tests wait for processes that they have started."""

PARALLEL = ("-n", str(PROCESSES), "--dist", "loadfile", "--no-loadscope-reorder")
"""Tests of one file share processes that take long to start; tests/conftest.py orders the files."""

USAGE = """usage: manage.py test [--use-env] [pytest's arguments]

Runs all tests, in one process more than there are cores and at most four, or what the arguments
say, on an embedded Postgres and Valkey that are started for them and thrown away.
With --use-env they run on the servers that DATABASE_URL and BROKER_URL name: in a database of
their own, which is dropped at the end, but in the broker's as it is.
"""


class Command(BaseCommand):
    """Runs pytest in this process, which owns the servers, so that they end with it."""

    help = "Runs the tests on an embedded Postgres and Valkey of their own."

    def run_from_argv(self, argv: list[str]) -> None:
        """Passes the arguments to pytest as they are, and exits with its code."""
        arguments = argv[2:]
        if arguments[:1] == ["--help"]:
            self.stdout.write(USAGE)
            return
        if arguments[:1] == ["--use-env"]:
            sys.exit(_run_tests(arguments[1:]))
        with tempfile.TemporaryDirectory(prefix="celeriac-test-") as directory:
            data_dir = Path(directory)
            data_dir.chmod(0o711)  # Postgres may run as another user below it.
            with EmbeddedServers(data_dir, durable=False) as servers:
                os.environ.update(environment(servers.services, data_dir))
                code = _run_tests(arguments)
        sys.exit(code)


def _run_tests(arguments: Sequence[str]) -> int:
    import pytest

    return int(pytest.main(list(arguments or PARALLEL)))
