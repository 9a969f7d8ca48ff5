"""The states of a job and the only moves between them. Pure: no Django, no I/O.

`lifecycle` builds its guarded UPDATEs from `MOVES`; docs/state-machine.md draws them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class JobState(StrEnum):
    """Where a job is in its life."""

    WAITING = "waiting"
    """For earlier jobs: those of its task, where they run one at a time."""
    SCHEDULED = "scheduled"
    """For its time: a start in the future, or the delay before a retry."""
    QUEUED = "queued"
    """For a free slot."""
    ASSIGNED = "assigned"
    """To an executor, which has not yet claimed it."""
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


S = JobState

WAITS = frozenset({S.WAITING, S.SCHEDULED, S.QUEUED})
"""Not yet given to an executor: may be cancelled at once, and its priority changed."""

PLACED = frozenset({S.ASSIGNED, S.RUNNING})
"""In the hands of an executor."""

FINAL = frozenset({S.COMPLETED, S.FAILED, S.CANCELLED})
"""Never changes again."""

ACTIVE = frozenset(JobState) - FINAL


@dataclass(frozen=True)
class Move:
    """One verb of the life of a job: from which states it may start, and to which it may lead."""

    sources: frozenset[JobState]
    targets: frozenset[JobState]


MOVES: dict[str, Move] = {
    "take_turn": Move(frozenset({S.WAITING}), frozenset({S.QUEUED})),
    "promote": Move(frozenset({S.SCHEDULED}), frozenset({S.QUEUED})),
    "assign": Move(frozenset({S.QUEUED}), frozenset({S.ASSIGNED})),
    "start": Move(frozenset({S.ASSIGNED}), frozenset({S.RUNNING})),
    "finish": Move(
        frozenset({S.RUNNING}),
        frozenset({S.COMPLETED, S.FAILED, S.CANCELLED, S.SCHEDULED}),
    ),
    "requeue": Move(PLACED, frozenset({S.QUEUED, S.CANCELLED})),
    "lose": Move(frozenset({S.RUNNING}), frozenset({S.QUEUED, S.FAILED, S.CANCELLED})),
    "fan_out": Move(frozenset({S.QUEUED}), frozenset({S.ASSIGNED})),
    "start_part": Move(PLACED, frozenset({S.RUNNING})),
    "end_parted": Move(PLACED, FINAL),
    "cancel": Move(WAITS, frozenset({S.CANCELLED})),
}
"""Every change of a job's state, by the name of the function in `lifecycle` that makes it."""


def sources(verb: str) -> list[str]:
    """The states that `verb` starts from, sorted, as text for SQL."""
    return sorted(MOVES[verb].sources)


def in_sources(verb: str) -> str:
    """The same states as the inside of an SQL `IN (…)`."""
    return ", ".join(f"'{state}'" for state in sources(verb))
