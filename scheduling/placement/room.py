"""What one executor still has room for while a plan is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from executors.states import Protocol
from scheduling.placement.model import Capacity

if TYPE_CHECKING:
    from scheduling.placement.fleet import Pool
    from scheduling.placement.kept import Kept

BITS = 20
MOST = (1 << BITS) - 1


class Room:
    """What an executor has room for.

    `rooms` counts leases of one slot that last a moment: one more per slot may be handed out
    ahead where what runs is over in a moment too; a wide lease forbids that. `live` slots are
    taken. `given` lists what the plan hands out, as (seconds or None, slots).

    A `remote` executor, over HTTP, is handed one job at a time for each free slot: it is asked
    for each, and may have no queue.
    """

    __slots__ = (
        *("_short", "_wide", "executor", "free", "given", "index"),
        *("kept", "key", "live", "pools", "remote", "rooms", "slots"),
    )

    def __init__(self, executor: Capacity, index: int, brief: frozenset[str]) -> None:
        self.executor = executor
        self.slots = executor.slots
        self.remote = executor.protocol is not Protocol.CELERY
        self.index = index
        self.pools: list[Pool] = []
        self.kept: Kept | None = None
        self.given: list[tuple[float | None, int]] = []
        self.live, self._short, self._wide = executor.in_use(brief)
        self._measure()

    def take(self, slots: int, seconds: float | None, short: bool = False) -> None:
        """Notes a lease handed out, which lasts for `seconds` (None: unknown)."""
        free, rooms = self.free, self.rooms
        self.live += slots
        self.given.append((seconds, slots))
        if short:
            self._short += 1
        if slots > 1:
            self._wide = True
        self._measure()
        if self.kept:
            self.kept.changed()
            return
        for pool in self.pools:
            pool.free -= free - self.free
            pool.rooms -= rooms - self.rooms

    def usable(self, seconds: float | None) -> int:
        """Slots that a job which lasts for `seconds` may take."""
        return self.kept.usable(seconds) if self.kept else self.free

    def _measure(self) -> None:
        free = rooms = 0 if self.executor.refuses else self.slots - self.live
        if free < 0:
            free = 0
        if self._short and not self._wide and not self.remote:
            rooms += min(self._short, self.slots)
        if rooms < 0:
            rooms = 0
        self.free: int = free
        self.rooms: int = rooms
        # The smaller, the better: most free slots, then most room, then the order given.
        self.key = (MOST - free << BITS | MOST - rooms) << BITS | self.index
