"""How the latest jobs of tasks ended, as dots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from jobs.sql import array

SHOWN = 10
"""Jobs of a task that are shown as dots."""
SKIPPED = "skipped"
"""How a job is shown that was dropped: cancelled with this code."""

_QUERY = """
    SELECT task.id::text, job.id::text, job.status, job.error ->> 'code', job.scheduled_for,
           job.completed_at, job.execution_time
      FROM unnest(%s::uuid[]) AS task (id)
     CROSS JOIN LATERAL (
           SELECT id, status, error, scheduled_for, completed_at, execution_time
             FROM jobs_job WHERE task_id = task.id ORDER BY id DESC LIMIT %s) AS job
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A job of a task; `kind` is its state, or `skipped`; `seconds` is how long it ran."""

    job: str
    kind: str
    scheduled_for: datetime | None
    completed_at: datetime | None
    seconds: float | None


def latest(task_ids: Sequence[str], count: int = SHOWN) -> dict[str, list[Outcome]]:
    """The latest `count` jobs of each task, the newest first; tasks without any are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_QUERY, (array(task_ids), count))
        rows = cursor.fetchall()
    found: dict[str, list[Outcome]] = {}
    for task_id, job_id, status, code, scheduled_for, completed_at, seconds in rows:
        kind = SKIPPED if (status, code) == ("cancelled", SKIPPED) else status
        outcome = Outcome(job_id, kind, scheduled_for, completed_at, seconds)
        found.setdefault(task_id, []).append(outcome)
    for outcomes in found.values():
        outcomes.sort(key=lambda outcome: outcome.job, reverse=True)
    return found


def in_words(outcomes: Sequence[Outcome]) -> str:
    """What the dots say: `8 completed, 2 failed; the newest failed`."""
    if not outcomes:
        return "It has made no job yet."
    counts = Counter(outcome.kind for outcome in outcomes)
    parts = ", ".join(f"{count} {kind}" for kind, count in counts.most_common())
    return f"Of the last {len(outcomes)}: {parts}; the newest {outcomes[0].kind}."
