"""What follows the end of a job. Pure: no Django, no I/O."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.states import JobState


@dataclass(frozen=True, slots=True)
class Ended:
    """A job that is final; `depth` is how many jobs come before it in its chain."""

    id: str
    task_id: str
    state: JobState
    depth: int


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a task wants to follow: tasks by their ids, and after how many failures it pauses."""

    on_success: str | None = None
    on_failure: str | None = None
    pause_after: int | None = None


@dataclass(frozen=True, slots=True)
class Streak:
    """How many jobs of a task failed in a row, and whether the task is enabled."""

    failures: int
    enabled: bool


def next_task(ended: Ended, wishes: Wishes, longest: int) -> str | None:
    """The task that is triggered, if any.

    Nothing follows a job that was cancelled, or that comes after `longest` others: such a one is
    born failed, and says so.
    """
    if ended.depth > longest:
        return None
    if ended.state == JobState.COMPLETED:
        return wishes.on_success
    return wishes.on_failure if ended.state == JobState.FAILED else None


def count(ended: Ended, streak: Streak, wishes: Wishes) -> Streak:
    """The streak after this job; a task that becomes disabled by it is to be paused.

    A cancelled job counts neither way. A task that was resumed after such a pause starts anew.
    """
    limit = wishes.pause_after
    if limit is None or ended.state == JobState.CANCELLED:
        return streak
    if ended.state == JobState.COMPLETED:
        return Streak(0, streak.enabled)
    was_resumed = streak.enabled and streak.failures >= limit
    failures = 1 if was_resumed else streak.failures + 1
    return Streak(failures, streak.enabled and failures < limit)
