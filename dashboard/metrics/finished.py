"""Metrics of the jobs that ended lately: how fast they come, and how long they took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import accumulate

from prometheus_client.metrics_core import GaugeHistogramMetricFamily, GaugeMetricFamily, Metric

from jobs.sql import Cursor, array

WINDOW = 300.0
"""Seconds that count as lately."""
SAMPLE = 10_000
"""Jobs that are looked at; where more ended within the window, these are the latest."""
BOUNDS = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
    300.0, 1800.0, 7200.0,
)  # fmt: skip
"""Upper ends of the histograms' buckets, in seconds."""

PHASES = {
    "queue": "From when the job could have started to its start",
    "execution": "From the start of the job to its end",
    "total": "From the submission of the job to its end",
}

# Found by the leases that were closed lately, for which there is an index: a job's id tells
# when it was submitted, which may be long ago.
_QUERY = """
    WITH ended AS MATERIALIZED (
        SELECT type, status, completed_at, queue_time, execution_time, total_time
          FROM jobs_job
         WHERE completed_at > now() - make_interval(secs => %(window)s)
         ORDER BY completed_at DESC LIMIT %(sample)s
    )
    SELECT type, status, phase, width_bucket(seconds, %(bounds)s::float8[]), count(*), sum(seconds),
           (SELECT CASE WHEN count(*) < %(sample)s THEN %(window)s
                        ELSE extract(epoch FROM now() - min(completed_at)) END FROM ended)::float8
      FROM ended,
           LATERAL (VALUES ('queue', queue_time), ('execution', execution_time),
                           ('total', total_time)) AS times (phase, seconds)
     WHERE seconds IS NOT NULL
     GROUP BY 1, 2, 3, 4
     ORDER BY 1, 2, 3, 4
"""
Row = tuple[str, str, str, int, int, float, float]
"""Type, status, phase, bucket, jobs in it, their seconds added up, seconds looked back."""


def read(cursor: Cursor) -> list[Metric]:
    """Rates by type and state, and a histogram of each phase by type."""
    cursor.execute(
        _QUERY,
        {
            "window": WINDOW,
            "sample": SAMPLE,
            "bounds": array(BOUNDS),
        },
    )
    rows = cursor.fetchall()
    return [_rates(rows), *(_histogram(phase, text, rows) for phase, text in PHASES.items())]


def _rates(rows: Iterable[Row]) -> Metric:
    rates = GaugeMetricFamily(
        "celeriac_jobs_finished_per_second",
        f"Jobs that became final, a second, over the last {WINDOW:g} s, or over the "
        f"latest {SAMPLE} jobs if there were more.",
        labels=["type", "status"],
    )
    finished: dict[tuple[str, str], float] = defaultdict(float)
    for type_, status, phase, _, count, _, looked_back in rows:
        # Every final job has a total time, and so is counted there once.
        if phase == "total":
            finished[type_, status] += count / max(looked_back, 0.001)
    for labels, rate in finished.items():
        rates.add_metric(labels, rate)
    return rates


def _histogram(phase: str, text: str, rows: Iterable[Row]) -> Metric:
    family = GaugeHistogramMetricFamily(
        f"celeriac_job_{phase}_seconds",
        f"{text}, of jobs that became final in the last {WINDOW:g} s, at most {SAMPLE}.",
        labels=["type"],
    )
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * (len(BOUNDS) + 1))
    sums: dict[str, float] = defaultdict(float)
    for type_, _, its_phase, bucket, count, seconds, _ in rows:
        if its_phase == phase:
            counts[type_][bucket] += count
            sums[type_] += seconds
    ends = [*map(str, BOUNDS), "+Inf"]
    for type_, buckets in counts.items():
        cumulative = list(zip(ends, map(float, accumulate(buckets)), strict=True))
        family.add_metric([type_], cumulative, sums[type_])
    return family
