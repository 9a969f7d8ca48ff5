"""Always the same one for the same key, as long as it is there. Remembers nothing.

Rendezvous hashing (Thaler and Ravishankar, Using Name-Based Mappings to Increase Hit Rates, 1998):
each candidate draws a number for the key, and the highest wins; another candidate among n takes
over 1/(n+1) of the keys, and none of the others moves. With weights, w / -ln(number) is compared
(Schindelhauer and Schomaker, Weighted Distributed Hash Tables, 2005).
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from math import log

from executors.balancing.strategy import Ask, Candidate, Choice, State, first_or_wait


def choose(candidates: Sequence[Candidate], state: State, ask: Ask) -> Choice:
    """The winner, which is waited for if it is busy; then the next that is free."""
    if not candidates:
        return Choice((), {})
    key = ask.key.encode(errors="surrogatepass")
    ranked = sorted(candidates, key=lambda its: (-_score(its, key), its.name))
    return first_or_wait(ranked, {}, ask)


def _score(candidate: Candidate, key: bytes) -> float:
    digest = blake2b(key, digest_size=8, key=blake2b(candidate.name.encode()).digest()).digest()
    # Never 0 nor 1, of which one has no logarithm and the other's can't be divided by.
    return candidate.weight / -log((int.from_bytes(digest, "big") >> 12 | 1) / (1 << 52))
