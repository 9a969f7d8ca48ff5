"""What becomes of due ticks. Pure: the database's time comes in, ticks and moves go out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from jobs.errors import CeleriacError
from jobs.ids import uuid7s
from jobs.states import JobState
from scheduling.cron import Kind
from scheduling.errors import NoTickLeft
from scheduling.firing.definition import NO_WORK, problem, read_timetable, read_work
from scheduling.firing.due import Due
from scheduling.firing.ticks import Move, Tick
from scheduling.misfire import decide


@dataclass(slots=True)
class Plan:
    """Ticks to make, next runs to move, and what is wrong with tasks, as JSON text by id."""

    ticks: list[Tick] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    is_whole: bool = True
    """Whether it is for all that were due: a task that catches up has many ticks at once."""


class Verdict(NamedTuple):
    """The ticks to make for one timetable, and where its next run goes."""

    ticks: tuple[datetime, ...]
    next: datetime | None
    waits_for_end: bool
    problem: str | None = None


def plan(
    due: Iterable[Due], now: datetime, most: int, is_late: Callable[[], bool] = lambda: False
) -> Plan:
    """The ticks of tasks that are due, by their misfire policies.

    Once there are `most`, or it `is_late`, the other tasks are left as they are, which is still
    due.
    """
    made = Plan()
    ids = uuid7s(now.timestamp())
    # Thousands of tasks may have the same timetable and the same tick.
    verdicts: dict[tuple[str, datetime], Verdict] = {}
    for row in due:
        assert row.task_id is not None
        if len(made.ticks) >= most or (made.moves and is_late()):
            made.is_whole = False
            break
        key = row.timetable, row.at
        if (verdict := verdicts.get(key)) is None:
            verdict = verdicts[key] = _judge(row.timetable, row.at, now)
        if verdict.problem:
            made.problems[row.task_id] = verdict.problem
        ticks = [_tick(row, next(ids), moment) for moment in verdict.ticks]
        last = ticks[-1] if ticks else None
        made.ticks += ticks
        made.moves.append(
            Move(
                row.periodic_task_id,
                verdict.next,
                last_at=last.scheduled_for if last else None,
                awaited_job_id=last.id if last and verdict.waits_for_end else None,
            )
        )
    return made


def _judge(text: str, due: datetime, now: datetime) -> Verdict:
    try:
        timetable = read_timetable(text)
        if timetable.schedule is None:
            return Verdict((), None, waits_for_end=False)
        decision = decide(timetable.schedule, due, now, timetable.rules)
    except CeleriacError as error:
        return Verdict((), None, waits_for_end=False, problem=problem(error))
    after = timetable.schedule.kind == Kind.AFTER
    if decision.next is None and not after and timetable.rules.end_at is None:
        left = problem(NoTickLeft())
        return Verdict(tuple(decision.ticks), None, waits_for_end=False, problem=left)
    return Verdict(tuple(decision.ticks), decision.next, waits_for_end=after)


def _tick(due: Due, id_: str, moment: datetime) -> Tick:
    assert due.task_id is not None
    try:
        work = read_work(due.work)
    except CeleriacError as error:
        tick = Tick(id_, due.periodic_task_id, due.task_id, moment, NO_WORK)
        tick.status, tick.error = JobState.FAILED.value, problem(error)
        return tick
    return Tick(id_, due.periodic_task_id, due.task_id, moment, work)
