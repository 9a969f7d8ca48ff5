"""The place that a new job of a task gets. Pure: no Django, no I/O."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.states import JobState
from scheduling.choices import ExecutionMode

SKIPPED = "skipped"
REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Line:
    """The unfinished jobs of a task: how many are under way, and how many wait for their turn.

    `last_turn` is that of the last one that waits; `limit` is how many may.
    """

    under_way: int
    waiting: int
    last_turn: int
    limit: int


@dataclass(frozen=True, slots=True)
class Place:
    """The state that a new job is born in: queued, waiting at its `turn`, or cancelled.

    A cancelled one has an error: its `code` and `message`.
    """

    state: JobState
    turn: int | None = None
    code: str = ""
    message: str = ""


QUEUED = Place(JobState.QUEUED)
_BUSY = Place(
    JobState.CANCELLED,
    code=SKIPPED,
    message="An earlier job of the task was unfinished, and its execution mode is skip.",
)
_OVERTAKEN = Place(
    JobState.CANCELLED,
    code=REPLACED,
    message="A later job of the task took its place: its execution mode is replace.",
)


def places(mode: ExecutionMode, count: int, line: Line) -> list[Place]:
    """The places of `count` new jobs of one task, in their order.

    In `replace`, all that was unfinished has been cancelled, or asked to stop, before.
    """
    if mode == ExecutionMode.PARALLEL or not count:
        return [QUEUED] * count
    is_free = not line.under_way and not line.waiting
    if mode == ExecutionMode.SKIP:
        return [QUEUED if is_free and n == 0 else _BUSY for n in range(count)]
    if mode == ExecutionMode.REPLACE:
        last = QUEUED if is_free else Place(JobState.WAITING, line.last_turn + 1)
        return [_OVERTAKEN] * (count - 1) + [last]
    first = [QUEUED] if is_free else []
    return first + [_behind(line, ahead) for ahead in range(count - len(first))]


def _behind(line: Line, ahead: int) -> Place:
    """The place of a job that comes when `ahead` others have just lined up."""
    if line.waiting + ahead >= line.limit:
        message = f"The task's line is full: {line.limit} jobs wait in it (max_pending)."
        return Place(JobState.CANCELLED, code=SKIPPED, message=message)
    return Place(JobState.WAITING, line.last_turn + 1 + ahead)
