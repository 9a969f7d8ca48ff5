"""What can be done to a job on its page. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.states import FINAL, WAITS, JobState


@dataclass(frozen=True, slots=True)
class Offers:
    """Which buttons make sense for a job in its state."""

    cancel: bool
    stopping: bool
    """It was asked to stop already."""
    retry: bool
    priority: bool


def offers(status: str, *, cancel_requested: bool) -> Offers:
    """What the lifecycle would do for a job in this state."""
    state = JobState(status)
    active = state not in FINAL
    return Offers(
        cancel=active and not cancel_requested,
        stopping=active and cancel_requested,
        retry=not active,
        priority=state in WAITS,
    )
