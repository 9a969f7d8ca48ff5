"""Metrics of how many jobs there are, and how long the oldest waits."""

from __future__ import annotations

from collections import Counter

from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from dashboard.metrics import history
from jobs.sql import Cursor
from jobs.states import JobState


def read(cursor: Cursor) -> list[Metric]:
    """Exact for what is not final, by an index: the cost grows with the backlog."""
    cursor.execute(
        """
        SELECT status, type, priority, count(*),
               extract(epoch FROM now() - min(available_at))::float8
          FROM jobs_job
         WHERE is_active
         GROUP BY status, type, priority
        """
    )
    jobs = GaugeMetricFamily(
        "celeriac_jobs",
        f"Jobs in the database; of final ones, past {history.EXACT} in all, an estimate.",
        labels=["status", "type"],
    )
    depth = GaugeMetricFamily(
        "celeriac_queue_jobs", "Jobs that wait for a free slot.", labels=["type", "priority"]
    )
    age = GaugeMetricFamily(
        "celeriac_queue_oldest_seconds",
        "How long the job that waits longest for a free slot has waited.",
        labels=["type", "priority"],
    )
    counts: Counter[tuple[str, str]] = Counter()
    for status, type_, priority, count, oldest in cursor.fetchall():
        counts[status, type_] += count
        if status == JobState.QUEUED:
            depth.add_metric([type_, str(priority)], count)
            age.add_metric([type_, str(priority)], max(0.0, oldest))
    for labels, count in sorted(counts.items()):
        jobs.add_metric(labels, count)
    for labels, count in history.counts(cursor).items():
        jobs.add_metric(labels, count)
    return [jobs, depth, age]
