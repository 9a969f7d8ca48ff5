"""Triggers the tasks that are named by those whose jobs ended. All their rows are locked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jobs.errors import CeleriacError
from jobs.ids import uuid7
from jobs.sql import Cursor
from jobs.states import JobState
from scheduling.errors import ChainTooLong
from scheduling.firing import fitness, modes
from scheduling.firing.definition import NO_WORK, problem, read_work
from scheduling.firing.ticks import Made, Tick, make
from scheduling.following.decision import Ended
from scheduling.following.ends import Locked


def trigger_next(
    cursor: Cursor,
    links: Iterable[tuple[Ended, str]],
    tasks: Mapping[str, Locked],
    longest: int,
) -> list[Made]:
    """Makes a job of the task in each link, which is the child of the job that ended."""
    ticks = [_tick(ended, tasks[task_id], longest) for ended, task_id in links]
    if not ticks:
        return []
    unchecked = {
        tick.task_id
        for tick in ticks
        if tick.work.schema and tick.work.schema != tasks[tick.task_id].schema
    }
    if unchecked:
        fitness.check(cursor, ticks, unchecked)
    modes.admit(cursor, ticks, {tick.task_id: tasks[tick.task_id].mode for tick in ticks})
    return make(cursor, ticks)


def _tick(ended: Ended, task: Locked, longest: int) -> Tick:
    tick = Tick(
        uuid7(), task.periodic_task_id, task.id, None, NO_WORK,
        parent_id=ended.id, depth=ended.depth + 1,
    )  # fmt: skip
    try:
        tick.work = read_work(task.work)
        if ended.depth >= longest:
            raise ChainTooLong(longest=longest)
    except CeleriacError as error:
        tick.status, tick.error = JobState.FAILED.value, problem(error)
    return tick
