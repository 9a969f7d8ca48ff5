"""Writes tallies: counted from jobs, or added up from those of a shorter span.

A tally is always counted anew and written whole, so that to repeat a step changes nothing. It never
becomes smaller: the jobs that it was counted from may have been removed meanwhile.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from dashboard.history import buckets
from dashboard.history.spans import COARSER, FINEST, floor
from jobs.sql import Cursor

KIND = "type, status, executor, priority"

_WRITE = f"""
    INSERT INTO dashboard_tally AS tally
          (span, start, {KIND}, count, execution_buckets, execution_counts, queue_buckets,
           queue_counts)
    SELECT %(span)s, start, {KIND}, counted.count,
           coalesce(execution_buckets, '{{}}'), coalesce(execution_counts, '{{}}'),
           coalesce(queue_buckets, '{{}}'), coalesce(queue_counts, '{{}}')
      FROM counted LEFT JOIN histograms USING (start, {KIND})
        ON CONFLICT (span, start, {KIND}) DO UPDATE
       SET count = EXCLUDED.count,
           execution_buckets = EXCLUDED.execution_buckets,
           execution_counts = EXCLUDED.execution_counts,
           queue_buckets = EXCLUDED.queue_buckets,
           queue_counts = EXCLUDED.queue_counts
     WHERE tally.count < EXCLUDED.count
"""
_HISTOGRAMS = f"""
    histograms AS (
        SELECT start, {KIND},
               array_agg(bucket ORDER BY bucket) FILTER (WHERE phase = 'execution')
                   AS execution_buckets,
               array_agg(n ORDER BY bucket) FILTER (WHERE phase = 'execution') AS execution_counts,
               array_agg(bucket ORDER BY bucket) FILTER (WHERE phase = 'queue') AS queue_buckets,
               array_agg(n ORDER BY bucket) FILTER (WHERE phase = 'queue') AS queue_counts
          FROM timed GROUP BY start, {KIND}
    )
"""
_FLOOR = "to_timestamp(floor(date_part('epoch', {}) / %(span)s) * %(span)s)"

_FROM_JOBS = f"""
    WITH ended AS MATERIALIZED (
        SELECT {_FLOOR.format("completed_at")} AS start,
               type, status, coalesce(executor, '') AS executor, priority,
               {buckets.SQL.format("execution_time")} AS execution,
               {buckets.SQL.format("queue_time")} AS queue
          FROM jobs_job WHERE completed_at >= %(start)s AND completed_at < %(end)s
    ), counted AS (
        SELECT start, {KIND}, count(*) AS count FROM ended GROUP BY start, {KIND}
    ), timed AS (
        SELECT start, {KIND}, phase, bucket, count(*) AS n
          FROM ended, LATERAL (VALUES ('execution', execution), ('queue', queue)) x (phase, bucket)
         WHERE bucket IS NOT NULL GROUP BY start, {KIND}, phase, bucket
    ), {_HISTOGRAMS} {_WRITE}
"""
_FROM_FINER = f"""
    WITH finer AS MATERIALIZED (
        SELECT {_FLOOR.format("start")} AS start, {KIND}, count,
               execution_buckets, execution_counts, queue_buckets, queue_counts
          FROM dashboard_tally
         WHERE span = %(finer)s AND start >= %(start)s AND start < %(end)s
    ), counted AS (
        SELECT start, {KIND}, sum(count) AS count FROM finer GROUP BY start, {KIND}
    ), timed AS (
        SELECT start, {KIND}, phase, bucket, sum(n) AS n
          FROM finer, LATERAL (
                   SELECT 'execution' AS phase, * FROM unnest(execution_buckets, execution_counts)
                    UNION ALL
                   SELECT 'queue', * FROM unnest(queue_buckets, queue_counts)
               ) x (phase, bucket, n)
         GROUP BY start, {KIND}, phase, bucket
    ), {_HISTOGRAMS} {_WRITE}
"""


def count(cursor: Cursor, start: datetime, end: datetime) -> None:
    """Counts the jobs that ended from `start`, which begins a finest span, until before `end`."""
    cursor.execute(_FROM_JOBS, {"span": FINEST, "start": start, "end": end})
    for span, finer in COARSER:
        whole = {"start": floor(start, span), "end": floor(end, span) + timedelta(seconds=span)}
        cursor.execute(_FROM_FINER, whole | {"span": span, "finer": finer})
