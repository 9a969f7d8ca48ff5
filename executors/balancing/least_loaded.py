"""The one with the most free slots. Remembers nothing.

Placement does the same for jobs that name no strategy, by a way of its own that looks at no more
executors than it must.
"""

from __future__ import annotations

from collections.abc import Sequence

from executors.balancing.strategy import Ask, Candidate, Choice, State, free, roomiest


def choose(candidates: Sequence[Candidate], state: State, ask: Ask) -> Choice:
    """The roomiest."""
    able = free(candidates)
    return Choice([roomiest(able)] if able else (), {})
