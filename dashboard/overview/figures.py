"""The figures of the overview, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from executors.processes.reading import Living


class Waiting(NamedTuple):
    """The job that has waited longest for a slot, and why, where that is known."""

    id: str
    type: str
    since: datetime
    reason: str | None


class Failures(NamedTuple):
    """Failed jobs of a type in the last day, and the newest of them, unless it is removed."""

    type: str
    number: int
    job: str | None
    error: str | None
    at: datetime | None


class NextTick(NamedTuple):
    """A tick to come."""

    task: str
    name: str
    type: str
    at: datetime


class Problem(NamedTuple):
    """A task whose last tick could not be made into a job."""

    task: str
    name: str
    message: str


@dataclass(frozen=True)
class Ended:
    """Jobs that ended within some time."""

    completed: int = 0
    failed: int = 0
    cancelled: int = 0

    @property
    def failing(self) -> float:
        """The share of failures among those that ran."""
        return self.failed / max(1, self.completed + self.failed)


@dataclass(frozen=True)
class Fleet:
    """Executors, and the slots of those that are online."""

    online: int = 0
    silent: Sequence[str] = ()
    draining: Sequence[str] = ()
    offline: int = 0
    http: int = 0
    slots: int = 0
    used: int = 0


@dataclass(frozen=True)
class Figures:
    """What the overview knows at one moment."""

    now: datetime
    is_new: bool = False
    """Whether no job was ever submitted, as far as can be seen."""
    counts: Mapping[str, int] = field(default_factory=dict)
    rate: float = 0.0
    """Jobs that end, a second, over the last ten."""
    lately: Ended = Ended()
    """In the last quarter of an hour."""
    hour: Ended = Ended()
    before: Ended = Ended()
    """In the last day."""
    oldest: Waiting | None = None
    failures: Sequence[Failures] = ()
    fleet: Fleet = Fleet()
    ticks: Sequence[NextTick] = ()
    tasks_enabled: int = 0
    problems: Sequence[Problem] = ()
    processes: Sequence[Living] = ()
    has_gateway: bool = True
    """Whether HTTP executors are called: a restart of the gateway is no time without one."""
    disk_free: float | None = None
    """The share of the disk of the artifacts that is free, as the web process sees it."""

    def leads(self, role: str) -> bool:
        """Whether a process of the role leads."""
        return any(its.role == role and its.leads_since for its in self.processes)
