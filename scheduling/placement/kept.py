"""An executor of which slots are kept for wide jobs: who else may use them until then."""

from __future__ import annotations

from bisect import insort
from math import inf

from scheduling.batching import Durations
from scheduling.placement.room import Room
from scheduling.placement.timeline import Timeline


class Kept:
    """The claims of wide jobs on an executor, as (due, slots, job id).

    Whoever starts now and ends before a claim is due does no harm. Whoever doesn't may take only
    what is left at that time beside the claim, counting on nothing that isn't sure to end.
    """

    def __init__(self, room: Room, durations: Durations) -> None:
        self.claims: list[tuple[float, int, str]] = []
        self.slots = 0
        self._room = room
        self._durations = durations
        self._spare: list[tuple[float, int]] | None = None

    def claim(self, due: float, slots: int, job_id: str) -> None:
        """Keeps that many slots for the job, which starts in `due` seconds."""
        insort(self.claims, (due, slots, job_id))
        self.slots += slots
        self.changed()

    def changed(self) -> None:
        """What is spare must be counted anew."""
        self._spare = None

    def usable(self, seconds: float | None) -> int:
        """Slots that a job which lasts for `seconds` (None: unknown) may take now."""
        if not self._room.free:
            return 0
        if self._spare is None:
            self._spare = self._count()
        lasts = inf if seconds is None else seconds
        spare = min((spare for due, spare in self._spare if due < lasts), default=inf)
        return int(max(min(self._room.free, spare), 0))

    def _count(self) -> list[tuple[float, int]]:
        timeline = Timeline(self._room, self._durations)
        spare, claimed = [], 0
        for due, slots, _ in self.claims:
            claimed += slots
            spare.append((due, timeline.relied_on(due) - claimed))
        return spare
