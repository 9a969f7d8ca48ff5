"""Any, with chances by weight. Remembers how often it has drawn.

The draw is a hash of that number and of whose it is: the same state gives the same draw, so that
a plan can be made again and explained.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from hashlib import blake2b
from itertools import accumulate

from executors.balancing.strategy import Ask, Candidate, Choice, State, free

PERIOD = 1 << 48
"""The count starts anew then."""


def choose(candidates: Sequence[Candidate], state: State, ask: Ask) -> Choice:
    """One of those that are free."""
    able = free(candidates)
    if not able:
        return Choice((), state)
    draws = state.get("draws", 0)
    digest = blake2b(f"{ask.subject}\0{draws}".encode(), digest_size=8).digest()
    ends = list(accumulate(its.weight for its in able))
    chosen = able[bisect_right(ends, int.from_bytes(digest, "big") % ends[-1])]
    return Choice([chosen], {"draws": (draws + 1) % PERIOD})
