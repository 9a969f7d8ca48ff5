"""Slots kept for wide jobs that have waited too long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from heapq import heappush, heapreplace
from itertools import islice
from math import inf

from scheduling.batching import Durations
from scheduling.placement.demand import Demand
from scheduling.placement.fleet import Fleet, Pool
from scheduling.placement.model import QueuedJob, Reservation
from scheduling.placement.room import Room
from scheduling.placement.timeline import Timeline

AT_ONCE = 64
"""So many reservations there are at most: what they cost is paid in each round."""
LOOKED_AT = 128
"""Of so many executors the one soonest free is chosen; more than these only if they don't do."""


class Book:
    """The reservations of a plan, of which `held` is what the plan before it came to.

    A job keeps what it holds, since one that chose anew each time might collect slots here and
    there for ever. What it lacks it takes where a slot is free, else where one is free soonest.
    """

    def __init__(self, fleet: Fleet, durations: Durations, held: Mapping[str, Reservation]) -> None:
        self.made: dict[str, Reservation] = {}
        self._fleet = fleet
        self._durations = durations
        self._held = held
        self._timelines: dict[int, tuple[int, Timeline]] = {}
        self._soonest: dict[Pool, tuple[list[tuple[float, int]], Iterator[Room]]] = {}

    def reserve(self, job: QueuedJob, demand: Demand) -> bool:
        """Keeps slots for the job, unless there are no more to be kept."""
        if len(self.made) >= AT_ONCE:
            return False
        held = {} if job.id not in self._held else self._held[job.id].slots
        choose = self._one_executor if demand.together else self._any_executors
        picks = choose(demand, self._fleet.find(held, demand.pool))
        if not picks:
            return False
        due = max(self._ready(room, slots) for room, slots in picks.items())
        for room, slots in picks.items():
            self._fleet.keep(room).claim(due, slots, job.id)
        ids = {room.executor.executor_id: slots for room, slots in picks.items()}
        self.made[job.id] = Reservation(job.id, due, ids, job.type)
        return True

    def _one_executor(self, demand: Demand, held: Mapping[Room, int]) -> dict[Room, int]:
        width = demand.width
        for room in held:
            if _unclaimed(room) >= width:
                return {room: width}
        able = (room for room in demand.pool.members if _unclaimed(room) >= width)
        ready = [(self._ready(room, width), room.index) for room in islice(able, LOOKED_AT)]
        return {self._fleet.rooms[min(ready)[1]]: width} if ready else {}

    def _any_executors(self, demand: Demand, held: Mapping[Room, int]) -> dict[Room, int]:
        pool = demand.pool
        if pool.slots - sum(_claimed(room) for room in pool.kept) < demand.width:
            return {}
        picks = _Picks(demand.width)
        for room, slots in held.items():
            picks.add(room, min(slots, room.usable(demand.lasts)))
        for room in pool.kept:
            picks.add(room, room.usable(demand.lasts))
        while picks.lacking and (roomiest := pool.roomiest()) and roomiest.free:
            self._fleet.keep(roomiest)
            picks.add(roomiest, roomiest.free)
        for room, slots in held.items():
            picks.add(room, slots)
        self._add_soonest(pool, picks)
        return picks.made

    def _add_soonest(self, pool: Pool, picks: _Picks) -> None:
        """The slots that come free first, of those that nobody claims."""
        heap, others = self._soonest.setdefault(pool, ([], iter(pool.members)))
        while picks.lacking:
            if not heap or heap[0][0] == inf:
                for room in islice(others, LOOKED_AT):
                    heappush(heap, (self._next(room, picks), room.index))
            time, index = heap[0]
            room = self._fleet.rooms[index]
            now = self._next(room, picks)
            # Times only grow while a plan is made: an old one is too good, never too bad.
            if now == time:
                picks.add(room, picks.made.get(room, 0) + 1)
                now = self._next(room, picks)
            heapreplace(heap, (now, index))

    def _next(self, room: Room, picks: _Picks) -> float:
        """When the next slot that nobody has claimed comes free."""
        return self._ready(room, picks.made.get(room, 0) + 1)

    def _ready(self, room: Room, slots: int) -> float:
        """When so many slots beside those claimed are free; never, if there are not so many."""
        guess = self._timeline(room).guess
        wanted = _claimed(room) + slots
        return guess[wanted - 1] if wanted <= len(guess) else inf

    def _timeline(self, room: Room) -> Timeline:
        state = len(room.given)
        known = self._timelines.get(room.index)
        if known is None or known[0] != state:
            known = self._timelines[room.index] = state, Timeline(room, self._durations)
        return known[1]


class _Picks:
    """Slots picked for a job until it lacks none."""

    def __init__(self, width: int) -> None:
        self.made: dict[Room, int] = {}
        self.lacking = width

    def add(self, room: Room, slots: int) -> None:
        """Raises what is picked of the executor to `slots`, as far as needed and possible."""
        more = min(slots, _unclaimed(room)) - self.made.get(room, 0)
        more = min(more, self.lacking)
        if more > 0:
            self.made[room] = self.made.get(room, 0) + more
            self.lacking -= more


def _claimed(room: Room) -> int:
    return room.kept.slots if room.kept else 0


def _unclaimed(room: Room) -> int:
    return room.slots - _claimed(room)
