"""The one whose last job is the longest ago. Remembers in which order they had theirs."""

from __future__ import annotations

from collections.abc import Sequence

from executors.balancing.strategy import Ask, Candidate, Choice, State, by_name, free


def choose(candidates: Sequence[Candidate], state: State, ask: Ask) -> Choice:
    """Whoever has had none yet comes first, by name."""
    able = free(candidates)
    if not able:
        return Choice((), state)
    there = {its.name for its in candidates}
    order = [name for name in state.get("order", ()) if name in there]
    place = {name: number for number, name in enumerate(order)}
    chosen = min(able, key=lambda its: (place.get(its.name, -1), by_name(its)))
    return Choice([chosen], {"order": [*(n for n in order if n != chosen.name), chosen.name]})
