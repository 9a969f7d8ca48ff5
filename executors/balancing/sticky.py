"""The one that had the last job. Remembers its name."""

from __future__ import annotations

from collections.abc import Sequence

from executors.balancing.strategy import Ask, Candidate, Choice, State, free, roomiest


def choose(candidates: Sequence[Candidate], state: State, ask: Ask) -> Choice:
    """The last one, which is waited for if it is busy; from then on, the roomiest is it.

    One that is gone is not waited for.
    """
    last = next((its for its in candidates if its.name == state.get("last")), None)
    if last and not last.free and ask.waited < ask.patience:
        return Choice((), state, awaited=last)
    able = free(candidates)
    if not able:
        return Choice((), state)
    chosen = last if last and last.free else roomiest(able)
    return Choice([chosen], {"last": chosen.name})
