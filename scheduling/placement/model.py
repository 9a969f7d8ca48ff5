"""What placement is told and what it answers: plain values.

Those made by the thousand in each round are not frozen, since freezing triples the time that
making them takes; nobody changes them either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from operator import attrgetter

from executors.balancing.strategy import State
from executors.states import ExecutionKind, Protocol
from jobs.wishes import LoadBalanceStrategy, OnShortage, Placing

Subject = tuple[str, LoadBalanceStrategy]
"""Whose memory it is, and of which strategy."""

_slots = attrgetter("slots")
_work = attrgetter("work")


@dataclass(frozen=True, slots=True)
class Balance:
    """The strategy that chooses a job's executor.

    `subject` names the task or type that it remembers its choices for, `key` is what consistent
    hashing hashes.
    """

    strategy: LoadBalanceStrategy
    subject: str
    key: str = ""

    @property
    def of(self) -> Subject:
        """Whose memory it is."""
        return self.subject, self.strategy


@dataclass(slots=True)
class QueuedJob:
    """A job that could run now. `age` is in seconds; an `alone` job shares no lease.

    `kind` is WHOLE for a queued job. For one under way it is CHUNK, COMBINE or SHARD, and `parts`
    are the ids of those of its queued executions that may be placed now, each on a slot of its
    own.

    Without `balance` it goes to the least loaded executor. Executors that are `shunned`, by their
    ids, said that they are busy with jobs of its task, and get none of them for now.
    """

    id: str
    type: str
    priority: int
    age: float
    thread_demand: int = 1
    alone: bool = False
    timeout: float | None = None
    chunkable: bool = False
    chunks: int | None = None
    placement: Placing = Placing.SPREAD
    on_shortage: OnShortage = OnShortage.SINGLE
    requires: tuple[tuple[str, str], ...] = ()
    kind: ExecutionKind = ExecutionKind.WHOLE
    parts: tuple[str, ...] = ()
    balance: Balance | None = None
    task_id: str | None = None
    shunned: frozenset[str] = frozenset()


@dataclass(slots=True)
class Shards(QueuedJob):
    """Queued shards of a job that is broadcast, each `bound` to an executor, by its id."""

    bound: tuple[str, ...] = ()


@dataclass(slots=True)
class LiveLease:
    """A lease that occupies slots: what it does (a key of `Durations`), for how long already.

    `elapsed` is in seconds; `size` jobs are run one after another.
    """

    work: str
    slots: int = 1
    elapsed: float = 0.0
    size: int = 1


@dataclass(frozen=True, slots=True)
class Link:
    """What a task says of an executor; no `weight`: the executor's own."""

    priority: int = 0
    weight: int | None = None


@dataclass(slots=True)
class Capacity:
    """An online executor and what it has in its hands.

    One that `refuses` said that it is busy, and gets nothing for now. `links` say what tasks, by
    their ids, think of it.
    """

    executor_id: str
    executor: str
    slots: int
    types: frozenset[str]
    labels: Mapping[str, str] = field(default_factory=dict)
    leases: list[LiveLease] = field(default_factory=list)
    protocol: Protocol = Protocol.CELERY
    weight: int = 1
    refuses: bool = False
    links: Mapping[str, Link] = field(default_factory=dict)

    def in_use(self, brief: frozenset[str]) -> tuple[int, int, bool]:
        """Slots taken, how many leases do `brief` work, and whether any lease is wide."""
        # Maps run in C: a round looks at every lease there is.
        leases = self.leases
        taken: int = sum(map(_slots, leases))
        short = sum(map(brief.__contains__, map(_work, leases))) if brief else 0
        return taken, short, taken > len(leases)


@dataclass(slots=True)
class Placement:
    """Whole jobs of one type for one executor, to be run one after another on `slots` slots."""

    executor: Capacity
    jobs: Sequence[QueuedJob]
    slots: int = 1


@dataclass(slots=True)
class FanOut:
    """A queued job to be split into `chunks`; the first of them start on `executors`, one each.

    As many chunks as there are `executors` run at once; the rest wait their turn.
    """

    job: QueuedJob
    chunks: int
    executors: Sequence[Capacity]


@dataclass(slots=True)
class PartPlacement:
    """A queued part (an execution's id) of a job under way, for one slot of an executor."""

    job: QueuedJob
    execution_id: str
    executor: Capacity


@dataclass(slots=True)
class Broadcast:
    """A queued job to be run on all of these executors, which wait for no slot yet."""

    job: QueuedJob
    executors: Sequence[Capacity]


@dataclass(frozen=True, slots=True)
class Memory:
    """What strategies remember; `now` is in seconds since the epoch."""

    states: Mapping[Subject, State] = field(default_factory=dict)
    now: float = 0.0


@dataclass(frozen=True, slots=True)
class Reservation:
    """Slots that come free are kept for a wide job, which can start in about `due` seconds.

    `slots` says how many on which executor (by id). `due` is never later than expected: what
    nobody knows counts as over in a moment, so that nothing slips in before the job.
    """

    job_id: str
    due: float
    slots: Mapping[str, int]
    job_type: str = field(default="", compare=False)


class Obstacle(StrEnum):
    """Why a job could not be placed."""

    NO_EXECUTOR = "no_executor"
    """No executor is online."""
    TYPE = "type"
    """No executor runs its type."""
    LABELS = "labels"
    """No executor of its type has the labels that it requires."""
    TOO_WIDE = "too_wide"
    """It asks for more slots than there are, and wishes to wait for more."""
    BUSY = "busy"
    """Too few slots are free."""
    RESERVED = "reserved"
    """The free slots are kept for a wide job."""
    PREFERRED = "preferred"
    """The executor that its strategy would rather have is busy, and waited for a while."""
    SHARDS = "shards"
    """The executors that its shards are for are busy, or away."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a job waits: `needed` slots where only `free` ones were to be had.

    `behind` is the job whose reservation stands in the way, if one does; `awaited` the name of the
    executor that a strategy waits for.
    """

    obstacle: Obstacle
    needed: int = 1
    free: int = 0
    behind: str | None = None
    awaited: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """Settings of placement; times in seconds.

    Each `aging_interval` of age raises the effective priority by one. A wide job that has waited
    for `reserve_after` gets a reservation. A job waits for `patience` for the executor that its
    strategy would rather have.
    """

    aging_interval: float = 300.0
    reserve_after: float = 10.0
    patience: float = 30.0


@dataclass(slots=True)
class Plan:
    """What a round of placement comes to. Every queued job is placed or has a reason."""

    placements: list[Placement] = field(default_factory=list)
    fan_outs: list[FanOut] = field(default_factory=list)
    parts: list[PartPlacement] = field(default_factory=list)
    broadcasts: list[Broadcast] = field(default_factory=list)
    remembered: dict[Subject, State] = field(default_factory=dict)
    """What strategies remember that chose somebody."""
    unfinished: bool = False
    """Whether choosing would have taken too long: another round goes on."""
    reservations: dict[str, Reservation] = field(default_factory=dict)
    """By the job's id."""
    reasons: dict[str, Reason] = field(default_factory=dict)
    """By the job's id."""
