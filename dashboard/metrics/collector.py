"""Gathers the parts of `/metrics`; one that fails or takes too long leaves the others whole."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator

from django.db import DatabaseError, connection
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dashboard.metrics import backlog, finished, places
from jobs.sql import Cursor
from jobs.timelimit import TookTooLong, time_limit

logger = logging.getLogger("celeriac.metrics")

TIME_LIMIT = 2.0
"""Seconds that one part may keep Postgres busy."""

PARTS: dict[str, Callable[[Cursor], list[Metric]]] = {
    "jobs": backlog.read,
    "finished": finished.read,
    "places": places.read,
}


def render(accept: str) -> tuple[bytes, str]:
    """The text of all metrics, and its media type, chosen by what the client accepts."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(PostgresCollector())
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


class PostgresCollector(Collector):
    """Asks Postgres at each scrape."""

    def collect(self) -> Iterator[Metric]:
        """Yields every family of metrics, and how the scrape itself went."""
        began = time.perf_counter()
        success = GaugeMetricFamily(
            "celeriac_scrape_success", "Whether this part could be read.", labels=["part"]
        )
        for name, read in PARTS.items():
            families = _read(name, read)
            success.add_metric([name], families is not None)
            yield from families or ()
        yield success
        yield GaugeMetricFamily(
            "celeriac_scrape_seconds",
            "Time that it took to read these metrics.",
            value=time.perf_counter() - began,
        )

    def describe(self) -> list[Metric]:
        """Nothing, so that registering the collector asks Postgres nothing."""
        return []


def _read(name: str, read: Callable[[Cursor], list[Metric]]) -> list[Metric] | None:
    try:
        with time_limit(TIME_LIMIT), connection.cursor() as cursor:
            return read(cursor)
    except (DatabaseError, TookTooLong) as error:
        logger.warning("The metrics part %s is left out: %s", name, error)
        return None
