"""What an explanation says. Pure: no Django, no I/O.

These are the shapes of the API too, so that every word here is read in its documentation.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from executors.states import ExecutionKind, ExecutionState
from jobs.states import JobState
from jobs.wishes import LoadBalanceStrategy

Seconds = Annotated[float, Field(description="Seconds.")]
Text = Annotated[str, Field(description="A sentence for people.")]


class Answer(BaseModel):
    """Base of all that is answered: it has these fields, always, and no others."""

    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)


class BlockerKind(StrEnum):
    """What keeps a job from starting."""

    FUTURE = "future"
    """It is to start at a later time."""
    RETRY_DELAY = "retry_delay"
    """It failed, and is to be tried again after a delay."""
    DEPENDENCY = "dependency"
    """It waits for other jobs."""
    NO_DISPATCHER = "no_dispatcher"
    """No dispatcher leads, so nothing is placed at all."""
    NO_GATEWAY = "no_gateway"
    """No gateway runs, which would call the HTTP executors that could run it."""
    NO_EXECUTOR = "no_executor"
    """No executor is online."""
    TYPE = "type"
    """No executor that is online runs its type."""
    LABELS = "labels"
    """No executor of its type has the labels that it requires."""
    TOO_WIDE = "too_wide"
    """It asks for more slots than there are, and wishes to wait for more."""
    UNAVAILABLE = "unavailable"
    """Executors that could run it take no work at the moment."""
    RESERVATION = "reservation"
    """Free slots are kept for a wide job that has waited too long."""
    PREFERENCE = "preference"
    """The executor that its load-balance strategy prefers is busy, and waited for a while."""
    SHARDS = "shards"
    """Executors that have a shard of it to run are busy, or away."""
    JOBS_AHEAD = "jobs_ahead"
    """Others come first, by priority and age."""
    SLOTS = "slots"
    """Too few slots are free."""


class Blocker(Answer):
    """One thing that keeps a job from starting; what does not apply is null."""

    kind: BlockerKind
    text: Text
    until: Annotated[datetime | None, Field(description="When it is over, if that is known.")] = (
        None
    )
    count: Annotated[int | None, Field(description="Jobs ahead.")] = None
    at_least: Annotated[bool, Field(description="Whether there are more than `count`.")] = False
    slots_needed: int | None = None
    slots_free: Annotated[
        int | None, Field(description="Those that it could use: for `too_wide`, all there are.")
    ] = None
    job: Annotated[UUID | None, Field(description="Whose reservation it is.")] = None
    labels: Annotated[
        dict[str, str] | None, Field(description="Labels that no executor of its type has.")
    ] = None
    executors: Annotated[
        list[str] | None, Field(description="Names of those not available, or waited for.")
    ] = None


class ExecutorRoom(Answer):
    """An executor, and whether it could run the job."""

    name: str
    status: Annotated[str, Field(description="online, silent, unreachable, draining or offline.")]
    slots: int
    slots_free: int
    suits: Annotated[bool, Field(description="Whether it is online, with the type and the labels.")]
    why_not: Annotated[str | None, Field(description="What it lacks.")]
    missing_labels: dict[str, str]


class OwnReservation(Answer):
    """Slots that are kept for the job as they come free."""

    due_in: Annotated[float, Field(description="Seconds; never later than expected.")]
    slots: Annotated[dict[str, int], Field(description="By the executor's name.")]


class StartForecast(Answer):
    """When the job will start, as far as can be told, and from what."""

    start_in: Annotated[float | None, Field(description="Seconds; null: nobody can tell.")]
    start_at: datetime | None
    at_least: Annotated[bool, Field(description="Whether it will be later rather than sooner.")]
    text: Text
    jobs_ahead: int
    slots: Annotated[int, Field(description="Slots of the executors that could run it.")]
    durations: Annotated[
        dict[str, float],
        Field(description="Learned seconds a job, by type (`type/slots`, `type:chunk`)."),
    ]
    unknown: Annotated[list[str], Field(description="Work of which no duration is known.")]


class ChangeKind(StrEnum):
    """What could be changed, the cheapest first."""

    WAIT = "wait"
    PRIORITY = "priority"
    THREAD_DEMAND = "thread_demand"
    ON_SHORTAGE = "on_shortage"
    PLACEMENT = "placement"
    STRATEGY = "load_balance_strategy"
    REQUIRES = "requires"
    GATEWAY = "gateway"
    """A gateway is started, which calls HTTP executors."""
    BRING_BACK = "bring_back"
    """An executor that takes no work at the moment takes it again."""
    EXECUTOR = "executor"
    """Another executor is started."""


class Change(Answer):
    """A change that was tried in the same plan, and when the job would then start."""

    kind: ChangeKind
    text: Text
    value: Annotated[str | None, Field(description="What it is changed to.")]
    start_in: Annotated[float | None, Field(description="Seconds; null: nobody can tell.")]


class WhyWaiting(Answer):
    """Why a job waits, and for how long."""

    starts_now: Annotated[bool, Field(description="The dispatcher's next round places it.")]
    blockers: Annotated[list[Blocker], Field(description="In the order in which they count.")]
    load_balance_strategy: Annotated[
        LoadBalanceStrategy, Field(description="How its executor is chosen.")
    ]
    executors: Annotated[list[ExecutorRoom], Field(description="Those that suit come first.")]
    more_executors: Annotated[int, Field(description="Executors beyond those listed.")]
    reservation: OwnReservation | None
    forecast: StartForecast
    changes: Annotated[list[Change], Field(description="What would help, the soonest first.")]


class ChunkCounts(Answer):
    """How far a job is that was split, or broadcast: then its shards are counted."""

    count: int
    width: Annotated[int, Field(description="Chunks that may run at once.")]
    completed: int
    running: int
    handed_over: int
    queued: int
    combining: bool


class WhenEnding(Answer):
    """When a job in the hands of executors will end."""

    handed_over: Annotated[bool, Field(description="Given to an executor that has not begun yet.")]
    executors: Annotated[list[str], Field(description="Those that work on it.")]
    attempt: int
    elapsed: Annotated[float, Field(description="Seconds since it started.")]
    expected: Annotated[float | None, Field(description="Seconds that such work usually takes.")]
    ends_in: Annotated[float | None, Field(description="Seconds; null: nobody can tell.")]
    ends_at: datetime | None
    overdue: Annotated[bool, Field(description="Whether it takes longer than usual.")]
    overdue_by: Annotated[float, Field(description="Seconds.")]
    text: Text
    chunks: Annotated[ChunkCounts | None, Field(description="Null: it runs whole.")]
    blockers: Annotated[list[Blocker], Field(description="What keeps its queued parts waiting.")]


class PhaseKind(StrEnum):
    """What a job did with its time; where parts of it did several things, the last of these."""

    QUEUED = "queued"
    """It waited for a slot."""
    SCHEDULED = "scheduled"
    """It waited for its time, or for other jobs."""
    RETRY_DELAY = "retry_delay"
    """It waited to be tried again."""
    HANDED_OVER = "handed_over"
    """It was on its way to an executor, or behind others in its hands."""
    RUNNING = "running"
    """A handler, or at least one chunk's, ran."""
    COMBINING = "combining"
    """The results of its chunks were combined."""


class Phase(Answer):
    """A part of a job's time. All phases add up to its total time."""

    kind: PhaseKind
    seconds: Seconds
    share: Annotated[float, Field(description="Of the total time, from 0 to 1.")]


class AttemptTime(Answer):
    """One execution: an attempt at the job, or at one part of it."""

    execution: UUID
    kind: ExecutionKind
    chunk: int | None
    attempt: int
    executor: str | None
    state: ExecutionState
    handed_over: Annotated[float | None, Field(description="Seconds until it began.")]
    running: Annotated[float | None, Field(description="Seconds that it ran.")]


class WhereTimeWent(Answer):
    """Where the time of a finished job went."""

    total: Seconds
    phases: list[Phase]
    attempts: Annotated[list[AttemptTime], Field(description="Its executions, the oldest first.")]
    more_attempts: Annotated[int, Field(description="Executions beyond those listed.")]


class Explanation(Answer):
    """Why a job waits, when it ends, or where its time went: one of the three."""

    job: UUID
    type: str
    status: JobState
    at: Annotated[datetime, Field(description="When this was so.")]
    summary: Text
    waiting: WhyWaiting | None = None
    running: WhenEnding | None = None
    finished: WhereTimeWent | None = None
