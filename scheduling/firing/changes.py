"""Works out next runs anew: after edits of schedules, and after the ends of jobs (@after)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from jobs.errors import CeleriacError
from jobs.sql import Cursor, Statement, numbers
from scheduling.cron import Kind
from scheduling.errors import NoTickLeft
from scheduling.firing import problems
from scheduling.firing.definition import JOINS, TIMETABLE, problem, read_timetable
from scheduling.firing.patience import Patience
from scheduling.firing.ticks import Move, move
from scheduling.misfire import first


class Stale(NamedTuple):
    """A PeriodicTask whose next run is to be worked out; no `task_id`: a user's own."""

    periodic_task_id: int
    since: datetime
    """From when its ticks count: the time of the edit, or of the job's end."""
    awaited_job_id: str | None
    enabled: bool
    task_id: str | None
    timetable: str
    has_problem: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """How many were found, and the users' own among them, which are only returned."""

    found: int = 0
    """The limit, if there is more to do at once."""
    own: list[Stale] = field(default_factory=list)


_CHANGED = Statement(
    """
    SELECT periodic_task_id FROM scheduling_nextrun
     WHERE changed_at IS NOT NULL ORDER BY changed_at LIMIT $1 FOR UPDATE SKIP LOCKED
    """
)

_ENDED = Statement(
    """
    SELECT run.periodic_task_id FROM scheduling_nextrun run
      LEFT JOIN jobs_job job ON job.id = run.awaited_job_id
     WHERE run.awaited_job_id IS NOT NULL AND run.changed_at IS NULL AND job.is_active IS NOT TRUE
     ORDER BY run.periodic_task_id LIMIT $1 FOR UPDATE OF run SKIP LOCKED
    """
)

# A statement of its own, after the locks: with them in one, a row that was edited twice would be
# read as it was between the edits.
_READ = Statement(
    f"""
    SELECT run.periodic_task_id, COALESCE(run.changed_at, job.completed_at, now()),
           CASE WHEN job.is_active THEN job.id::text END, periodic.enabled, task.id::text,
           {TIMETABLE}, task.problem IS NOT NULL
      FROM scheduling_nextrun run {JOINS}
      LEFT JOIN jobs_job job ON job.id = run.awaited_job_id
     WHERE run.periodic_task_id = ANY($1::int[])
    """
)


def follow_changes(cursor: Cursor, limit: int) -> Changes:
    """Works out the next runs of up to `limit` tasks whose schedules were edited."""
    return _follow(cursor, lock_changed(cursor, limit), limit)


def follow_ends(cursor: Cursor, limit: int) -> Changes:
    """The same for tasks whose next run counts from the end of a job that has ended."""
    return _follow(cursor, lock_ended(cursor, limit), limit)


def lock_changed(cursor: Cursor, limit: int) -> list[int]:
    """Locks the first ones that were edited; their PeriodicTasks' ids."""
    _CHANGED.run(cursor, limit)
    return [row[0] for row in cursor.fetchall()]


def lock_ended(cursor: Cursor, limit: int) -> list[int]:
    """Locks the first ones that waited for a job that has ended."""
    _ENDED.run(cursor, limit)
    return [row[0] for row in cursor.fetchall()]


def _follow(cursor: Cursor, locked: list[int], limit: int) -> Changes:
    if not locked:
        return Changes()
    _READ.run(cursor, numbers(locked))
    stale = [Stale(*row) for row in cursor.fetchall()]
    is_whole = _settle(cursor, [row for row in stale if row.task_id])
    own = [row for row in stale if not row.task_id]
    return Changes(len(stale) if is_whole else limit, own)


def _settle(cursor: Cursor, stale: Sequence[Stale]) -> bool:
    """Moves the next runs of these; False if it took so long that some are left as they were."""
    moves: list[Move] = []
    bad: dict[str, str] = {}
    good: list[str] = []
    is_late = Patience()
    for row in stale:
        if moves and is_late():
            break
        assert row.task_id is not None
        try:
            moves.append(_next(row))
            if row.has_problem:
                good.append(row.task_id)
        except CeleriacError as error:
            moves.append(Move(row.periodic_task_id, None))
            bad[row.task_id] = problem(error)
    move(cursor, moves)
    problems.mark(cursor, bad)
    problems.unmark(cursor, good)
    return len(moves) == len(stale)


def _next(row: Stale) -> Move:
    """Where the next run goes; raises `CeleriacError` where the schedule can't be followed."""
    schedule, rules = (timetable := read_timetable(row.timetable)).schedule, timetable.rules
    if schedule is None or not row.enabled:
        return Move(row.periodic_task_id, None)
    if schedule.kind == Kind.AFTER and row.awaited_job_id:
        return Move(row.periodic_task_id, None, awaited_job_id=row.awaited_job_id)
    at = first(schedule, row.since, rules)
    if at is None and rules.end_at is None:
        raise NoTickLeft
    return Move(row.periodic_task_id, at)
