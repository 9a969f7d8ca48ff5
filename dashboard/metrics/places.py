"""Metrics of the executors and of the processes that place work on them."""

from __future__ import annotations

from collections import Counter

from django.conf import settings
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from executors.processes.reading import living
from executors.processes.roles import LED, ProcessRole
from executors.states import LIVE, ExecutorStatus, Protocol
from jobs.sql import Cursor, array


def read(cursor: Cursor) -> list[Metric]:
    """All executors, and the other processes that are alive."""
    workers, families = _executors(cursor)
    return [*families, *_remote(cursor), *_processes(cursor, workers)]


def _executors(cursor: Cursor) -> tuple[int, list[Metric]]:
    cursor.execute(
        """
        SELECT name, protocol, status, slots,
               extract(epoch FROM now() - last_heartbeat)::float8,
               (SELECT COALESCE(sum(lease.slots), 0) FROM executors_lease lease
                 WHERE lease.executor_id = executor.id AND lease.state = ANY(%s))
          FROM executors_executor executor
        """,
        (array(LIVE),),
    )
    up = GaugeMetricFamily(
        "celeriac_executor_up", "Whether the executor is alive.", labels=["executor"]
    )
    draining = GaugeMetricFamily(
        "celeriac_executor_draining", "Whether it takes no new work.", labels=["executor"]
    )
    slots = GaugeMetricFamily("celeriac_executor_slots", "Its slots.", labels=["executor"])
    used = GaugeMetricFamily(
        "celeriac_executor_slots_used", "Slots that live leases occupy.", labels=["executor"]
    )
    silence = GaugeMetricFamily(
        "celeriac_executor_silence_seconds",
        "Time since its last heartbeat, of Celery workers.",
        labels=["executor"],
    )
    count = GaugeMetricFamily(
        "celeriac_executors", "Executors there are.", labels=["protocol", "status"]
    )
    workers = 0
    counts: Counter[tuple[str, str]] = Counter()
    for name, protocol, status, its_slots, quiet, occupied in cursor.fetchall():
        counts[protocol, status] += 1
        is_up = status != ExecutorStatus.OFFLINE
        if protocol == Protocol.CELERY:
            is_up = is_up and quiet < settings.CELERIAC["HEARTBEAT_LIMIT"]
            workers += is_up
            silence.add_metric([name], max(0.0, quiet))
        up.add_metric([name], is_up)
        draining.add_metric([name], status == ExecutorStatus.DRAINING)
        slots.add_metric([name], its_slots)
        used.add_metric([name], occupied)
    for labels, number in sorted(counts.items()):
        count.add_metric(labels, number)
    return workers, [up, draining, slots, used, silence, count]


def _remote(cursor: Cursor) -> list[Metric]:
    """How HTTP executors do."""
    cursor.execute(
        """
        SELECT name, checks_failed, refusals
          FROM executors_member JOIN executors_executor ON id = executor_id
        """
    )
    failed = GaugeMetricFamily(
        "celeriac_executor_checks_failed",
        "Checks in a row that an HTTP executor failed.",
        labels=["executor"],
    )
    refusals = GaugeMetricFamily(
        "celeriac_executor_refusals",
        "Hand-overs in a row that an HTTP executor did not take.",
        labels=["executor"],
    )
    for name, checks_failed, refused in cursor.fetchall():
        failed.add_metric([name], checks_failed)
        refusals.add_metric([name], refused)
    return [failed, refusals]


def _processes(cursor: Cursor, workers: int) -> list[Metric]:
    alive = living(cursor, settings.CELERIAC["HEARTBEAT_LIMIT"])
    counts = Counter(its.role for its in alive)
    leading = Counter(its.role for its in alive if its.leads_since)
    processes = GaugeMetricFamily(
        "celeriac_processes", "Processes that are alive.", labels=["role"]
    )
    leaders = GaugeMetricFamily(
        "celeriac_leaders", "Processes that lead: one, or none for a moment.", labels=["role"]
    )
    processes.add_metric(["worker"], workers)
    for role in ProcessRole:
        processes.add_metric([role], counts[role])
    for role in LED:
        leaders.add_metric([role], leading[role])
    return [processes, leaders]
