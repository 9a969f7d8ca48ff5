"""How long work takes, learned from leases as they are closed."""

from __future__ import annotations

import time

from jobs.sql import Cursor, Statement
from scheduling.batching import Durations, work_key
from scheduling.timer import Timer

EVERY = 0.1
LEARN_FROM = 3600.0
"""Seconds of history that one who has just begun learns from."""

_CLOSED_LEASES = Statement(
    """
    SELECT job_type, kind, slots, sum(busy_seconds), sum(done),
           extract(epoch FROM max(closed_at))::float8
      FROM executors_lease
     WHERE closed_at > to_timestamp($1) AND done > 0
     GROUP BY job_type, kind, slots
    """
)


def read_closed_leases(cursor: Cursor, since: float) -> tuple[list[tuple[str, float, int]], float]:
    """`(work, seconds, executions)` of leases finished after `since` (epoch), and the newest."""
    _CLOSED_LEASES.run(cursor, since)
    rows = cursor.fetchall()
    news = [
        (work_key(job_type, kind, slots), float(seconds), int(done))
        for job_type, kind, slots, seconds, done, _ in rows
    ]
    return news, max((row[-1] for row in rows), default=since)


class Learner:
    """Durations by work, as of a moment ago."""

    def __init__(self) -> None:
        self.durations = Durations()
        self._until = time.time() - LEARN_FROM
        self.due = Timer()

    def learn(self, cursor: Cursor) -> None:
        """Takes in what has been closed since, if it is time to."""
        if self.due.passed():
            news, self._until = read_closed_leases(cursor, self._until)
            self.durations.learn(news)
            self.due.after(EVERY)
