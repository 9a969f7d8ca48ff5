"""What is to be done to many jobs, and how far it is: all in a signed text that the page keeps.

The server remembers nothing. Each step does the next jobs and says where the one after it begins,
so that an action whose page was closed has done what it has done, and can go on from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.core.signing import BadSignature, Signer

from jobs.errors import CeleriacError
from jobs.states import ACTIVE, FINAL, WAITS, JobState

SALT = "ui/bulk"


class BrokenPlan(CeleriacError):
    """This action was not begun here, or by someone else: choose the jobs again."""

    code = "broken_plan"


@dataclass(frozen=True)
class Kind:
    """A kind of action: its words, the states that allow it, and how many jobs a step does."""

    verb: str
    doing: str
    states: frozenset[JobState]
    step: int


KINDS: Mapping[str, Kind] = {
    "cancel": Kind("Cancel", "Cancelling", ACTIVE, 500),
    "retry": Kind("Retry", "Retrying", FINAL, 100),
    "set_priority": Kind("Change the priority of", "Changing the priority of", WAITS, 500),
}


@dataclass(frozen=True)
class Plan:
    """An action on the jobs in `ids` or, without any, on all that match the filters in `query`.

    Only jobs up to the id `until` are meant: those that there were at the time `at` (ISO 8601,
    the database's). `total` is how many were counted then, None for more than are counted.
    """

    action: str
    actor: str
    until: str
    at: str
    query: str = ""
    ids: list[str] = field(default_factory=list)
    priority: int | None = None
    total: int | None = None

    @property
    def kind(self) -> Kind:
        """What kind of action it is."""
        return KINDS[self.action]


@dataclass(frozen=True)
class Progress:
    """How far a plan is: `looked` at so many jobs, of which `fates` tells.

    The next step begins past the job `edge`, and looks `in_parts` where all at once was too slow.
    """

    plan: Plan
    looked: int = 0
    fates: dict[str, int] = field(default_factory=dict)
    edge: str | None = None
    in_parts: bool = False
    finished: bool = False

    @property
    def done(self) -> int:
        """Jobs to which it was done."""
        return sum(self.fates.values())

    @property
    def left_alone(self) -> int:
        """Jobs whose state did not allow it any more."""
        return self.looked - self.done

    @property
    def token(self) -> str:
        """All of it as a text that `read` understands."""
        return Signer(salt=SALT).sign_object(asdict(self), compress=True)

    def told(self) -> str:
        """What was done, for people and for the log."""
        parts = [f"{count:,} {fate}" for fate, count in self.fates.items() if count]
        if self.left_alone:
            parts.append(f"{self.left_alone:,} left alone, whose state does not allow it any more")
        return ", ".join(parts) or "none"


def read(token: str, actor: str) -> Progress:
    """The progress in a text; raises `BrokenPlan` for any other text or another person's."""
    try:
        fields: dict[str, Any] = Signer(salt=SALT).unsign_object(token)
        progress = Progress(**(fields | {"plan": Plan(**fields["plan"])}))
    except (BadSignature, TypeError, KeyError, ValueError):
        raise BrokenPlan from None
    if progress.plan.actor != actor:
        raise BrokenPlan
    return progress
