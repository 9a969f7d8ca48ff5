"""What a process that is no dispatcher knows of how long work takes."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

from django.db import connection

from executors.states import ExecutionKind
from jobs.sql import Cursor
from jobs.timelimit import TookTooLong, time_limit
from scheduling.batching import Durations, work_key
from scheduling.dispatching.learning import LEARN_FROM, read_closed_leases

EVERY = 3.0
"""Seconds for which what is known is good enough."""
RECENT = 60.0
PATIENCE = 2.0


class Learned:
    """Durations learned from closed leases, as the dispatcher does, but only when asked.

    And for how long such leases take their slots in all, on their way there and back too.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Begins anew, with the last hour."""
        self._durations, self._slot_times = Durations(), Durations()
        self._until = time.time() - LEARN_FROM
        self._due = 0.0

    def know(self) -> tuple[Durations, Durations]:
        """Durations and slot times now; where Postgres takes too long, as they were before."""
        with self._lock:
            if time.monotonic() >= self._due:
                with suppress(TookTooLong):
                    self._learn()
                self._due = time.monotonic() + EVERY
            return Durations(dict(self._durations.known)), Durations(dict(self._slot_times.known))

    def _learn(self) -> None:
        since = [self._until]
        if time.time() - self._until > RECENT:
            # The dispatcher learned one by one what is read at once here: the latest counts most.
            since.append(time.time() - RECENT)
        for moment in since:
            with time_limit(PATIENCE), connection.cursor() as cursor:
                slot_times = _read_slot_times(cursor, moment)
                news, until = read_closed_leases(cursor, moment)
            self._durations.learn(news)
            self._slot_times.learn(slot_times)
            self._until = max(self._until, until)


def _read_slot_times(cursor: Cursor, since: float) -> list[tuple[str, float, int]]:
    """`(work, seconds, leases)` of leases of one execution, from assignment to end."""
    cursor.execute(
        """
        SELECT job_type, kind, slots, sum(extract(epoch FROM closed_at - assigned_at))::float8,
               count(*)
          FROM executors_lease
         WHERE closed_at > to_timestamp(%s) AND done = 1 AND size = 1
           AND published_at = assigned_at  -- one that had to be sent again is no measure
         GROUP BY job_type, kind, slots
        """,
        (since,),
    )
    return [
        (work_key(job_type, ExecutionKind(kind), slots), seconds, leases)
        for job_type, kind, slots, seconds, leases in cursor.fetchall()
    ]


learned = Learned()
