"""Ports for servers that a test starts itself, and may end and start again."""

from __future__ import annotations

import os
import random
import re
from itertools import cycle

from config.embedded.ports import free_port

FIRST, SHARE = 10_000, 600
"""Below what embedded servers take; so many for each process that runs tests side by side."""


def _share() -> list[int]:
    number = re.search(r"\d+", os.environ.get("PYTEST_XDIST_WORKER", ""))
    first = FIRST + SHARE * (int(number[0]) % 16 if number else 0)
    # From anywhere on, as another run of the tests may be under way.
    ports = range(first, first + SHARE)
    start = random.randrange(SHARE)
    return [*ports[start:], *ports[:start]]


_ports = cycle(_share())


def own_port() -> int:
    """A free port, which nothing else of this run is given: it is still free when it is used."""
    return next(port for port in _ports if free_port(port) == port)
