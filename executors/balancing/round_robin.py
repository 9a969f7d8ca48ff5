"""Each in its turn, in the order of their names. Remembers who was last."""

from __future__ import annotations

from collections.abc import Sequence

from executors.balancing.strategy import Ask, Candidate, Choice, State, free


def choose(candidates: Sequence[Candidate], state: State, ask: Ask) -> Choice:
    """The next by name after the last one that is free, who needs not be there any more."""
    able = free(candidates)
    if not able:
        return Choice((), state)
    last = state.get("last", "")
    chosen = next((its for its in able if its.name > last), able[0])
    return Choice([chosen], {"last": chosen.name})
