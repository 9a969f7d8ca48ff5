"""One round of firing: what is due, as far as it fits into one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from jobs.sql import Cursor
from jobs.states import JobState
from scheduling.firing import due, fitness, modes, problems
from scheduling.firing.due import Due
from scheduling.firing.patience import Patience
from scheduling.firing.plan import Plan, plan
from scheduling.firing.ticks import Made, make, move


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did. `own` are the users' own PeriodicTasks among what was due."""

    now: datetime | None = None
    made: list[Made] = field(default_factory=list)
    own: list[Due] = field(default_factory=list)
    found: int = 0
    """How many were due; the limit, if there is more to do at once."""


def fire_due(cursor: Cursor, limit: int) -> Round:
    """Makes the jobs of the first `limit` due ticks; those of users' own are only returned."""
    rows = due.select(cursor, limit)
    if not rows:
        return Round()
    now = read_clock(cursor)
    tasks = due.lock_tasks(cursor, [row for row in rows if row.task_id])
    # As many ticks as rows: what thousands of tasks have missed in a minute would take longer to
    # make in one transaction than the leader may be silent.
    planned = plan(tasks, now, most=limit, is_late=Patience())
    _check_payloads(cursor, planned, tasks)
    modes.admit(cursor, planned.ticks, {row.task_id: row.mode for row in tasks if row.task_id})
    made = make(cursor, planned.ticks)
    move(cursor, planned.moves)
    _mark(cursor, planned, tasks)
    found = len(rows) if planned.is_whole else limit
    return Round(now, made, [row for row in rows if not row.task_id], found)


def read_clock(cursor: Cursor) -> datetime:
    """The transaction's time by the database's clock."""
    cursor.execute("SELECT now()")
    row = cursor.fetchone()
    assert row is not None
    now: datetime = row[0]
    return now


def _check_payloads(cursor: Cursor, planned: Plan, tasks: list[Due]) -> None:
    checked = {row.task_id: row.schema for row in tasks}
    unchecked = {
        tick.task_id
        for tick in planned.ticks
        if tick.work.schema and tick.work.schema != checked[tick.task_id]
    }
    if unchecked:
        fitness.check(cursor, planned.ticks, unchecked)


def _mark(cursor: Cursor, planned: Plan, tasks: list[Due]) -> None:
    bad = planned.problems | {
        tick.task_id: tick.error
        for tick in planned.ticks
        if tick.error and tick.status == JobState.FAILED
    }
    problems.mark(cursor, bad)
    good = {tick.task_id for tick in planned.ticks} - bad.keys()
    problems.unmark(
        cursor, (row.task_id for row in tasks if row.has_problem and row.task_id in good)
    )
