"""When the slots of an executor come free, as far as learned durations tell."""

from __future__ import annotations

from collections.abc import Iterator

from scheduling.batching import Durations
from scheduling.placement.room import Room


class Timeline:
    """When slots come free, in seconds from now: guessed too early and guessed safely.

    `guess` has an entry for each slot and is never late: what nobody knows, or what lasts longer
    than expected, counts as over. `safe` has one for each busy slot that can be relied on.
    """

    __slots__ = ("guess", "safe", "slots_open")

    def __init__(self, room: Room, durations: Durations) -> None:
        guess, safe = [], []
        for left, slots in _leases(room, durations):
            guess += [left or 0.0] * slots
            if left:
                safe += [left] * slots
        guess.sort()
        safe.sort()
        slots = room.slots
        # Leases handed out ahead use up the slots that come free first.
        ahead = max(room.live - slots, 0)
        self.guess = [0.0] * room.free + guess[ahead:]
        self.safe = safe
        self.slots_open = slots - room.live

    def relied_on(self, due: float) -> int:
        """Slots that are free by then for sure, if nothing new is handed out."""
        return self.slots_open + sum(left <= due for left in self.safe)


def _leases(room: Room, durations: Durations) -> Iterator[tuple[float | None, int]]:
    """(seconds left or None if unknown, slots) of each lease, those just handed out included."""
    for lease in room.executor.leases:
        seconds = durations.get(lease.work)
        if seconds is None:
            yield None, lease.slots
        else:
            yield max(seconds * lease.size - lease.elapsed, 0.0), lease.slots
    yield from room.given
