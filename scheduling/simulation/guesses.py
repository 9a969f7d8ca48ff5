"""How long work takes, as far as learned durations tell, and a guess where they don't."""

from __future__ import annotations

from statistics import median

from executors.states import ExecutionKind
from scheduling.batching import Durations, work_key
from scheduling.placement import LiveLease
from scheduling.simulation.jobs import SimulatedJob

UNKNOWN = 1.0
"""Seconds that work is taken to last where nothing is known at all."""
OVERDUE = 0.1
"""What lasts longer than expected is taken to last so much of its duration still."""


class Guesses:
    """`unknown` collects the work of which the duration had to be guessed."""

    def __init__(self, durations: Durations) -> None:
        self.unknown: set[str] = set()
        self._durations = durations
        known = durations.known.values()
        self._typical = median(known) if known else UNKNOWN

    def of_job(self, job: SimulatedJob, slots: int, chunks: int) -> float:
        """Seconds that the job takes on so many slots; that a chunk takes, if it has several."""
        kind = job.kind
        if kind is ExecutionKind.WHOLE and chunks > 1:
            kind = ExecutionKind.CHUNK
        key = work_key(job.type, kind, slots if kind is ExecutionKind.WHOLE else 1)
        seconds = self._durations.get(key)
        if seconds is None:
            self.unknown.add(key)
            whole = self._durations.get(job.type)
            seconds = self._typical if whole is None else whole / max(slots, chunks)
        return seconds if job.timeout is None else min(seconds, job.timeout)

    def left(self, lease: LiveLease) -> float:
        """Seconds that a live lease still takes."""
        seconds = self._durations.get(lease.work)
        if seconds is None:
            self.unknown.add(lease.work)
            seconds = self._typical
        total = seconds * lease.size
        return max(total - lease.elapsed, total * OVERDUE)
