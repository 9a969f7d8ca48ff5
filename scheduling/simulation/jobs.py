"""Jobs of a simulated world."""

from __future__ import annotations

from dataclasses import dataclass

from scheduling.placement import QueuedJob


@dataclass(slots=True)
class SimulatedJob(QueuedJob):
    """A job that comes at `arrived` (seconds on the simulated clock).

    `work` is what it has to do in seconds of one slot; on several slots it takes the less time.
    `age` is brought up to date whenever it may be placed. `started` and `ended` are times on the
    clock, -1 before.
    """

    arrived: float = 0.0
    work: float = 0.0
    started: float = -1.0
    ended: float = -1.0
    gone: bool = False
    """Placed, so no longer in the queue."""
