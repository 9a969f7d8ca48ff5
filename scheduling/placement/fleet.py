"""The executors while a plan is made, and the pools of them that jobs of a kind can use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heapreplace

from scheduling.batching import BatchLimits, Durations
from scheduling.placement.kept import Kept
from scheduling.placement.model import Capacity, Obstacle
from scheduling.placement.room import MOST, Room


class Pool:
    """The executors that can run jobs of a type with certain labels.

    `free` and `rooms` are sums over those of which nothing is kept for a wide job; the others
    are in `kept`. Those `shunned` could run them, but have nothing free for them now.
    """

    def __init__(
        self, members: Sequence[Room], everybody: Sequence[Room], shunned: frozenset[str]
    ) -> None:
        self.members = members
        self.most = max(room.slots for room in members)
        self.slots = sum(room.slots for room in members)
        inviting = members
        if shunned:
            inviting = [room for room in members if room.executor.executor_id not in shunned]
        self.free = sum(room.free for room in inviting)
        self.rooms = sum(room.rooms for room in inviting)
        self.kept: list[Room] = []
        self.shunned = shunned
        self._everybody = everybody
        self._heap = [room.key for room in inviting if room.rooms]
        heapify(self._heap)
        for room in inviting:
            room.pools.append(self)

    def roomiest(self) -> Room | None:
        """The executor with the most free slots, then the most room, if any has room at all.

        Free slots come first: a lease ahead of time would wait behind others while a slot is idle.
        """
        heap = self._heap
        while heap:
            room = self._everybody[heap[0] & MOST]
            if room.kept or not room.rooms:
                heappop(heap)
            elif room.key == heap[0]:
                return room
            else:
                # Room only shrinks while a plan is made: an old key is too good, never too bad.
                heapreplace(heap, room.key)
        return None

    def usable(self, seconds: float | None) -> int:
        """Slots in all that jobs which last for `seconds` may take."""
        return self.free + sum(room.usable(seconds) for room in self.kept)


class Fleet:
    """All executors, and the pools of them that queued jobs ask for."""

    def __init__(
        self, capacity: Sequence[Capacity], durations: Durations, limits: BatchLimits
    ) -> None:
        brief = durations.short_works(limits)
        self._durations = durations
        self.rooms = [Room(executor, index, brief) for index, executor in enumerate(capacity)]
        self._by_types: dict[frozenset[str], list[Room]] = {}
        for room in self.rooms:
            self._by_types.setdefault(room.executor.types, []).append(room)
        self._pools: dict[tuple[object, ...], Pool] = {}
        self._by_id: dict[str, Room] | None = None

    def pool(
        self,
        job_type: str,
        requires: tuple[tuple[str, str], ...],
        *,
        in_parts: bool = False,
        shunned: frozenset[str] = frozenset(),
    ) -> Pool | Obstacle:
        """Who can run it; or what stands in its way for good.

        What is `in_parts` only Celery workers run: others know of no chunks. Those `shunned` can
        run it, but not now.
        """
        if not self.rooms:
            return Obstacle.NO_EXECUTOR
        kinds = [types for types in self._by_types if job_type in types]
        if not kinds:
            return Obstacle.TYPE
        # Types that the same executors run share a pool.
        key = (requires, in_parts, shunned, *kinds)
        if key not in self._pools:
            members = [room for types in kinds for room in self._by_types[types]]
            if requires:
                wanted = set(requires)
                members = [its for its in members if wanted <= its.executor.labels.items()]
            if not members:
                return Obstacle.LABELS
            if in_parts:
                members = [its for its in members if not its.remote]
            if not members:
                return Obstacle.TYPE
            self._pools[key] = Pool(members, self.rooms, shunned)
        return self._pools[key]

    def find(self, slots: Mapping[str, int], pool: Pool) -> dict[Room, int]:
        """`slots` by executor instead of its id, as far as it is there and in the pool."""
        found = {self.member(id_, pool): its for id_, its in slots.items()}
        return {room: its for room, its in found.items() if room}

    def member(self, executor_id: str, pool: Pool) -> Room | None:
        """The executor with this id, if it is there and in the pool."""
        if self._by_id is None:
            self._by_id = {room.executor.executor_id: room for room in self.rooms}
        room = self._by_id.get(executor_id)
        return room if room and pool in room.pools else None

    def keep(self, room: Room) -> Kept:
        """From now on, wide jobs may claim slots of the executor."""
        if not room.kept:
            for pool in room.pools:
                pool.free -= room.free
                pool.rooms -= room.rooms
                pool.kept.append(room)
            room.kept = Kept(room, self._durations)
        return room.kept

    def forget(self) -> None:
        """Unties rooms and pools, which are then gone at once, with no collector's help."""
        for room in self.rooms:
            room.pools = []
            room.kept = None


def rooms(executor: Capacity, *, short: bool, durations: Durations, limits: BatchLimits) -> int:
    """Leases of one slot that it may be handed now; `short`: leases that are over in a moment."""
    room = Room(executor, 0, durations.short_works(limits))
    return room.rooms if short else room.free
