"""The first that is healthy, in the order of priority. Remembers nothing."""

from __future__ import annotations

from collections.abc import Sequence

from executors.balancing.strategy import Ask, Candidate, Choice, State, first_or_wait


def choose(candidates: Sequence[Candidate], state: State, ask: Ask) -> Choice:
    """The one of the highest priority, which is waited for if it is busy; then the next.

    Of equals the first by name. Who is not healthy is no candidate, and is not waited for.
    """
    if not candidates:
        return Choice((), {})
    return first_or_wait(sorted(candidates, key=lambda its: (-its.priority, its.name)), {}, ask)
