"""Who this process is: set once when a worker becomes an executor, inherited by its children."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """The executor that this process belongs to."""

    executor_id: str
    name: str
    incarnation: str
    pool: str
    slots: int

    @property
    def can_kill(self) -> bool:
        """Whether a job has a process of its own, which can be ended without hurting others."""
        return self.pool == "prefork"


_current: Identity | None = None


def become(identity: Identity) -> None:
    """Makes this process, and those it forks from now on, part of an executor."""
    global _current
    _current = identity


def current() -> Identity | None:
    """The executor that this process belongs to, if any."""
    return _current
