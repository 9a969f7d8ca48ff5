"""The executors while a plan is made: what each still has room for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heapreplace

from scheduling.batching import BatchLimits, Durations
from scheduling.placement.model import Capacity, Obstacle

_BITS = 20
_MOST = (1 << _BITS) - 1


class Room:
    """What an executor has room for.

    `rooms` counts leases of one slot that last a moment: one more per slot may be handed out
    ahead where what runs is over in a moment too; a wide lease forbids that.
    """

    __slots__ = ("_live", "_short", "_wide", "executor", "free", "index", "key", "pools", "rooms")

    def __init__(self, executor: Capacity, index: int, brief: frozenset[str]) -> None:
        self.executor = executor
        self.index = index
        self.pools: list[Pool] = []
        self._live = self._short = 0
        self._wide = False
        for lease in executor.leases:
            self._live += lease.slots
            self._short += lease.work in brief
            self._wide |= lease.slots > 1
        self._measure()

    def take(self, slots: int, *, short: bool) -> None:
        """Notes a lease handed out."""
        free, rooms = self.free, self.rooms
        self._live += slots
        self._short += short
        self._wide |= slots > 1
        self._measure()
        for pool in self.pools:
            pool.free -= free - self.free
            pool.rooms -= rooms - self.rooms

    def _measure(self) -> None:
        slots = self.executor.slots
        ahead = 0 if self._wide else min(self._short, slots)
        self.free = max(slots - self._live, 0)
        self.rooms = max(slots + ahead - self._live, 0)
        # The smaller, the better: most free slots, then most room, then the order given.
        self.key = (_MOST - self.free << _BITS | _MOST - self.rooms) << _BITS | self.index


class Pool:
    """The executors that can run jobs of a type with certain labels."""

    def __init__(self, members: Sequence[Room], everybody: Sequence[Room]) -> None:
        self.most = max(room.executor.slots for room in members)
        self.slots = sum(room.executor.slots for room in members)
        self.free = sum(room.free for room in members)
        self.rooms = sum(room.rooms for room in members)
        self._everybody = everybody
        self._heap = [room.key for room in members if room.rooms]
        heapify(self._heap)
        for room in members:
            room.pools.append(self)

    def roomiest(self) -> Room | None:
        """The executor with the most free slots, then the most room, if any has room at all.

        Free slots come first: a lease ahead of time would wait behind others while a slot is idle.
        """
        heap = self._heap
        while heap:
            room = self._everybody[heap[0] & _MOST]
            # Room only shrinks while a plan is made, so a key that is out of date is too good.
            if room.key != heap[0]:
                heapreplace(heap, room.key)
            elif room.rooms:
                return room
            else:
                heappop(heap)
        return None


class Fleet:
    """All executors, and the pools of them that queued jobs ask for."""

    def __init__(
        self, capacity: Sequence[Capacity], durations: Durations, limits: BatchLimits
    ) -> None:
        brief = durations.short_works(limits)
        self._rooms = [Room(executor, index, brief) for index, executor in enumerate(capacity)]
        self._kinds: dict[tuple[object, ...], list[Room]] = {}
        for room in self._rooms:
            its = room.executor
            kind = (its.types, *sorted(its.labels.items()))
            self._kinds.setdefault(kind, []).append(room)
        self._pools: dict[tuple[int, ...], Pool] = {}

    def pool(self, job_type: str, requires: Iterable[tuple[str, str]]) -> Pool | Obstacle:
        """Who can run it; or what stands in its way for good."""
        if not self._rooms:
            return Obstacle.NO_EXECUTOR
        kinds = [its for its in self._kinds.values() if job_type in its[0].executor.types]
        if not kinds:
            return Obstacle.TYPE
        wanted = set(requires)
        kinds = [its for its in kinds if wanted <= its[0].executor.labels.items()]
        if not kinds:
            return Obstacle.LABELS
        # Types that the same executors run share a pool.
        key = tuple(its[0].index for its in kinds)
        if key not in self._pools:
            members = [room for its in kinds for room in its]
            self._pools[key] = Pool(members, self._rooms)
        return self._pools[key]


def rooms(executor: Capacity, *, short: bool, durations: Durations, limits: BatchLimits) -> int:
    """Leases of one slot that it may be handed now; `short`: leases that are over in a moment."""
    room = Room(executor, 0, durations.short_works(limits))
    return room.rooms if short else room.free
