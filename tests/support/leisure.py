"""Limits of time that nothing but a busy machine would break, lifted for this process.

Tests that are about one of them set it themselves.
"""

from __future__ import annotations

from types import ModuleType

from django.conf import settings

from config import health
from dashboard import gate
from dashboard.history import keeping
from dashboard.jobs import counting
from dashboard.live import looking
from dashboard.metrics import collector
from dashboard.tasks import collisions_reading
from dashboard.timeline import reading
from jobs import keyvalue
from jobs.admin import paginator
from scheduling.explaining import explain
from scheduling.explaining.reading import learning

SECONDS = 60

LIMITS: list[tuple[ModuleType, str]] = [
    (collector, "TIME_LIMIT"),
    (collisions_reading, "SECONDS"),
    (counting, "COUNT_SECONDS"),
    (counting, "NEWER_SECONDS"),
    (explain, "PATIENCE"),
    (gate, "PATIENCE"),
    (health, "PATIENCE"),
    (keeping, "LOOK_LIMIT"),
    (keeping, "TIME_LIMIT"),
    (keyvalue, "PATIENCE"),
    (learning, "PATIENCE"),
    (looking, "TIME_LIMIT"),
    (paginator, "COUNT_SECONDS"),
    (reading, "SECONDS"),
]


def lift() -> None:
    """Sets them all so that they are never the reason why a test fails."""
    settings.CELERIAC["LIST_SECONDS"] = float(SECONDS)
    for module, name in LIMITS:
        assert hasattr(module, name), f"{module.__name__} has no {name}"
        setattr(module, name, SECONDS)
