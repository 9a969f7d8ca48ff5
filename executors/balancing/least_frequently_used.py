"""The one that had the fewest jobs of late. Remembers how many each had, and when that was."""

from __future__ import annotations

from collections.abc import Sequence

from executors.balancing.strategy import Ask, Candidate, Choice, State, free

HALF_LIFE = 600.0
"""Seconds after which a job counts half."""


def choose(candidates: Sequence[Candidate], state: State, ask: Ask) -> Choice:
    """Of equals the first by name. A newcomer starts level with the least used."""
    able = free(candidates)
    if not able:
        return Choice((), state)
    uses = _decayed(state, ask.now)
    known = [uses[its.name] for its in candidates if its.name in uses]
    least = min(known, default=0.0)
    counts = {its.name: uses.get(its.name, least) for its in candidates}
    chosen = min(able, key=lambda its: (counts[its.name], its.name))
    counts[chosen.name] += 1
    return Choice([chosen], {"at": max(ask.now, state.get("at", ask.now)), "uses": counts})


def _decayed(state: State, now: float) -> dict[str, float]:
    # The clock of another database may be behind: nothing grows again.
    age = max(now - state.get("at", now), 0.0)
    left = 0.5 ** (age / HALF_LIFE)
    return {name: count * left for name, count in state.get("uses", {}).items()}
