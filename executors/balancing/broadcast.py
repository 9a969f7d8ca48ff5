"""All of them, each with its shard. Remembers nothing."""

from __future__ import annotations

from collections.abc import Sequence

from executors.balancing.strategy import Ask, Candidate, Choice, State, by_name


def choose(candidates: Sequence[Candidate], state: State, ask: Ask) -> Choice:
    """Everybody by name, free or not: a shard waits for its executor and goes to no other."""
    return Choice(sorted(candidates, key=by_name), {})
