"""Whose turn it is where places are few: one owner's trouble must not be everybody's. Pure.

An owner may have a few times as many places as are free (the dynamic threshold of Choudhury and
Hahne, 1998). One alone gets most of them and leaves some to others; the more of them want places,
the fewer each gets, until all have about as many.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import Generic, TypeVar

Item = TypeVar("Item")


def may_have_more(has: int, free: int, generosity: int) -> bool:
    """Whether an owner of `has` places may take one of those that are free."""
    return has < free * generosity


class Turns(Generic[Item]):
    """Items that wait for one of `places`; their owners take turns."""

    def __init__(self, places: int, generosity: int = 1) -> None:
        self._free = places
        self._generosity = generosity
        self._has: Counter[str] = Counter()
        # Whose turn is next comes first.
        self._waiting: dict[str, deque[Item]] = {}

    def waiting(self, owner: str) -> int:
        """How many items of an owner wait."""
        return len(self._waiting.get(owner, ()))

    def wait(self, owner: str, item: Item) -> None:
        """Puts an item behind those of its owner."""
        self._waiting.setdefault(owner, deque()).append(item)

    def begin(self) -> tuple[str, Item] | None:
        """The next item to be given a place, with its owner; None if none may have one now."""
        for owner, items in self._waiting.items():
            if may_have_more(self._has[owner], self._free, self._generosity):
                del self._waiting[owner]
                item = items.popleft()
                if items:
                    self._waiting[owner] = items
                self._has[owner] += 1
                self._free -= 1
                return owner, item
        return None

    def end(self, owner: str) -> None:
        """A place of the owner is free again."""
        self._free += 1
        self._has[owner] -= 1
        if not self._has[owner]:
            del self._has[owner]
