"""What may change of one job: its row, and how far what hangs on it has come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from dashboard.live.sources import jobs
from dashboard.live.sources.source import Data
from jobs.sql import Cursor, uuids


def read(cursor: Cursor, job_ids: Collection[str]) -> dict[str, Data]:
    """By id: the fields of the row, `executions` by state, and numbers of `events` and `log`."""
    found = jobs.rows(cursor, job_ids)
    executions = _executions(cursor, job_ids)
    cursor.execute(
        """
        SELECT asked.id::text,
               (SELECT count(*) FROM jobs_jobevent event WHERE event.job_id = asked.id),
               coalesce((SELECT lines FROM executors_joblog log WHERE log.job_id = asked.id), 0)
          FROM unnest(%s::uuid[]) AS asked (id)
        """,
        (uuids(job_ids),),
    )
    told = {id_: {"events": events, "log": lines} for id_, events, lines in cursor.fetchall()}
    return {
        id_: found[id_] | told[id_] | {"executions": executions[id_]} if id_ in found else {}
        for id_ in job_ids
    }


def _executions(cursor: Cursor, job_ids: Collection[str]) -> dict[str, dict[str, int]]:
    cursor.execute(
        """
        SELECT job_id::text, state, count(*) FROM executors_execution
         WHERE job_id = ANY(%s::uuid[]) GROUP BY 1, 2 ORDER BY 1, 2
        """,
        (uuids(job_ids),),
    )
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for id_, state, count in cursor.fetchall():
        counts[id_][state] = count
    return counts
