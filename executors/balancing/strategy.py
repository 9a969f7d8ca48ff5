"""What a load-balance strategy is given, and what it answers. Pure: no Django, no I/O.

A strategy is a function of who could run a job, of what it remembered of earlier choices, and of
what is asked. It changes none of them; the same input gives the same answer, in whatever order
candidates come. A new one is a file beside this one and a line in `registry`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

State = Mapping[str, Any]
"""What a strategy remembers: JSON, no larger than a few values for each candidate."""


@dataclass(slots=True)
class Candidate:
    """An executor that is online and could run the job, be it free or not.

    `free` counts jobs like this one that it could start now; `weight` is at least 1. Of two
    `priority` values the higher goes first. Names tell candidates apart.
    """

    name: str
    free: int = 1
    weight: int = 1
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked. Times are in seconds, `now` since the epoch.

    The job has `waited` so long; a strategy that would rather have an executor which is busy
    waits for it until that is more than `patience`. `key` is what consistent hashing hashes,
    `subject` names the task or type whose state it is.
    """

    subject: str = ""
    key: str = ""
    waited: float = 0.0
    patience: float = 0.0
    now: float = 0.0


@dataclass(frozen=True, slots=True)
class Choice:
    """Who was `chosen`: one, all for a broadcast, or none for now; and the new `state`.

    None is chosen if none has a free slot, or if it is better to wait for the one `awaited`.
    """

    chosen: Sequence[Candidate]
    state: State
    awaited: Candidate | None = None


Strategy = Callable[[Sequence[Candidate], State, Ask], Choice]


def free(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those that could start the job now, by name."""
    return sorted((its for its in candidates if its.free > 0), key=by_name)


def by_name(candidate: Candidate) -> str:
    """Sorts candidates."""
    return candidate.name


def roomiest(candidates: Sequence[Candidate]) -> Candidate:
    """The one with the most free slots, of equals the first by name."""
    return min(candidates, key=lambda its: (-its.free, its.name))


def first_or_wait(preferred: Sequence[Candidate], state: State, ask: Ask) -> Choice:
    """The first of these that is free, the best of them first; the best is waited for a while."""
    best = preferred[0]
    if not best.free and ask.waited < ask.patience:
        return Choice((), state, awaited=best)
    return Choice([its for its in preferred if its.free][:1], state)
