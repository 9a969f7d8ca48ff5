"""One round of following: the ends of some jobs, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.conf import settings

from jobs import lifecycle
from jobs.sql import Cursor
from jobs.states import JobState
from scheduling.choices import ExecutionMode
from scheduling.following import chains, lines, streaks
from scheduling.following.decision import Ended, Streak, count, next_task
from scheduling.following.ends import Found, Locked, find, first_ended, lock_tasks


@dataclass(frozen=True, slots=True)
class Followed:
    """Ends that were followed, those left to the next look, and whether jobs were queued."""

    done: int = 0
    left: int = 0
    queued: bool = False


@dataclass(slots=True)
class _Course:
    """What follows some ends: links to other tasks, new streaks, and tasks to pause."""

    links: list[tuple[Ended, str]] = field(default_factory=list)
    streaks: dict[str, Streak] = field(default_factory=dict)
    pauses: dict[str, tuple[Ended, int]] = field(default_factory=dict)


def follow(cursor: Cursor, limit: int) -> Followed:
    """Does what follows the ends of up to `limit` jobs."""
    found = find(cursor, limit)
    if found is None:
        return Followed()
    found = _with_switches(cursor, found)
    longest = settings.CELERIAC["CHAIN_LENGTH_MAX"]
    course = _course(found, longest)
    streaks.pause(cursor, course.pauses)
    streaks.write(cursor, _changed(course, found.tasks))
    lifecycle.note_followed(cursor, [ended.id for ended in found.ended])
    made = chains.trigger_next(cursor, course.links, found.tasks, longest)
    called = lines.call_next(cursor, _modes({ended.task_id for ended in found.ended}, found.tasks))
    queued = bool(called) or any(job.status == JobState.QUEUED for job in made)
    return Followed(len(found.ended), found.left, queued)


def free_stuck(cursor: Cursor) -> bool:
    """Sees that lines go on whose jobs' ends nobody follows; whether jobs were queued."""
    if not (ids := lines.stuck(cursor)):
        return False
    tasks, ready = lock_tasks(cursor, ids)
    return bool(lines.call_next(cursor, _modes(ready, tasks)))


def set_aside(cursor: Cursor, _reason: str) -> None:
    """Gives up what follows the first end, which could not be done."""
    lifecycle.note_followed(cursor, [id_ for id_, _ in first_ended(cursor)])


def _with_switches(cursor: Cursor, found: Found) -> Found:
    """Leaves those to the next look whose tasks are to be paused while somebody edits them."""
    pauses = _course(found, 0).pauses
    busy = pauses.keys() - streaks.lock_switches(cursor, pauses.keys()) if pauses else set()
    if not busy:
        return found
    ended = [one for one in found.ended if one.task_id not in busy]
    return replace(found, ended=ended, left=found.left + len(found.ended) - len(ended))


def _course(found: Found, longest: int) -> _Course:
    course = _Course()
    for ended in found.ended:
        if (task := found.tasks.get(ended.task_id)) is None:
            continue  # it was deleted
        before = course.streaks.get(task.id, task.streak)
        after = course.streaks[task.id] = count(ended, before, task.wishes)
        if before.enabled and not after.enabled:
            course.pauses[task.id] = ended, after.failures
        link = next_task(ended, task.wishes, longest)
        if link and link in found.tasks and found.tasks[link].streak.enabled:
            course.links.append((ended, link))
    return course


def _changed(course: _Course, tasks: Mapping[str, Locked]) -> dict[str, int]:
    return {
        task_id: streak.failures
        for task_id, streak in course.streaks.items()
        if streak.failures != tasks[task_id].streak.failures
    }


def _modes(task_ids: Iterable[str], tasks: Mapping[str, Locked]) -> dict[str, ExecutionMode]:
    """How lines go on; that of a deleted task, one job at a time as before."""
    return {id_: tasks[id_].mode if id_ in tasks else ExecutionMode.SEQUENTIAL for id_ in task_ids}
