"""Backfills: the ticks of a past span become jobs, as many at once as was asked for.

Beat feeds them on the session of its lead. A tick is a job's `scheduled_for`, so that one which
has its job already, from when it was due or from another backfill, gets no second one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from jobs.errors import CeleriacError
from jobs.ids import uuid7
from jobs.sql import Cursor, Statement, array
from scheduling.choices import ExecutionMode
from scheduling.errors import BackfillEnded, BackfillNotFound
from scheduling.firing import Tick, fitness, make
from scheduling.firing.definition import WORK, problem, read_work

AT_ONCE = 20
"""Backfills that are fed in one round."""


@dataclass(frozen=True, slots=True)
class NewBackfill:
    """A backfill to be stored. `ticks` are all of its ticks, the earliest first."""

    task_id: str
    from_at: datetime
    to_at: datetime
    ticks: list[datetime]
    concurrency: int
    priority: int | None
    created_by: str


class Running(NamedTuple):
    """A backfill that goes on, whose row and whose task's row are locked."""

    id: str
    position: int
    concurrency: int
    priority: int | None
    created_by: str
    task_id: str
    periodic_task_id: int
    mode: ExecutionMode
    work: str
    schema: str


_RUNNING = Statement(
    f"""
    WITH backfill AS MATERIALIZED (
        SELECT * FROM scheduling_backfill
         -- Any of them: in one order, those whose jobs don't end would keep the others waiting.
         WHERE ended_at IS NULL ORDER BY random() LIMIT $1 FOR UPDATE SKIP LOCKED
    )
    SELECT backfill.id::text, backfill.position, backfill.concurrency, backfill.priority,
           backfill.created_by, task.id::text, task.periodic_task_id, task.execution_mode,
           {WORK}, task.checked_schema
      FROM backfill JOIN scheduling_task task ON task.id = backfill.task_id
     ORDER BY task.id
       -- Beat waits for no edit: a task that is being edited is left to the next round.
       FOR NO KEY UPDATE OF task SKIP LOCKED
    """  # noqa: S608  (our own constants)
)

_UNFINISHED = """
    SELECT count(*) FILTER (WHERE job.scheduled_for BETWEEN backfill.ticks[1]
                                  AND backfill.ticks[backfill.position]),
           count(*)
      FROM scheduling_backfill backfill
      LEFT JOIN jobs_job job ON job.task_id = backfill.task_id AND job.is_active
     WHERE backfill.id = %s AND job.id IS NOT NULL
"""

_ADVANCE = """
    UPDATE scheduling_backfill
       SET position = position + %s, existing = existing + %s,
           ended_at = CASE WHEN position + %s >= cardinality(ticks) THEN now() END
     WHERE id = %s
"""


def start(cursor: Cursor, backfill: NewBackfill) -> str:
    """Stores a backfill, which beat then feeds; its id."""
    id_ = uuid7()
    cursor.execute(
        """
        INSERT INTO scheduling_backfill
              (id, task_id, from_at, to_at, ticks, position, existing, concurrency, priority,
               created_at, created_by, cancelled)
        VALUES (%s, %s, %s, %s, %s::timestamptz[], 0, 0, %s, %s, now(), %s, false)
        """,
        (
            id_, backfill.task_id, backfill.from_at, backfill.to_at, array(backfill.ticks),
            backfill.concurrency, backfill.priority, backfill.created_by,
        ),
    )  # fmt: skip
    return id_


def cancel(cursor: Cursor, backfill_id: str) -> None:
    """Ends a backfill; the jobs that it made go on. Raises `BackfillNotFound`, `BackfillEnded`."""
    cursor.execute(
        """
        UPDATE scheduling_backfill SET ended_at = now(), cancelled = true
         WHERE id = %s AND ended_at IS NULL
        """,
        (backfill_id,),
    )
    if cursor.rowcount:
        return
    cursor.execute("SELECT 1 FROM scheduling_backfill WHERE id = %s", (backfill_id,))
    raise BackfillEnded if cursor.fetchone() else BackfillNotFound(id=backfill_id)


def feed(cursor: Cursor) -> int:
    """Makes the next jobs of the backfills that have room for them; how many were made."""
    _RUNNING.run(cursor, AT_ONCE)
    return sum(_feed(cursor, Running(*row)) for row in cursor.fetchall())


def _feed(cursor: Cursor, backfill: Running) -> int:
    room = _room(cursor, backfill)
    if room <= 0:
        return 0
    cursor.execute(
        "SELECT unnest(ticks[%s:%s]) FROM scheduling_backfill WHERE id = %s",
        (backfill.position + 1, backfill.position + room, backfill.id),
    )
    moments = [row[0] for row in cursor.fetchall()]
    try:
        made = _make(cursor, backfill, moments)
    except CeleriacError as error:
        cursor.execute(
            "UPDATE scheduling_backfill SET ended_at = now(), problem = %s::jsonb WHERE id = %s",
            (problem(error), backfill.id),
        )
        return 0
    cursor.execute(_ADVANCE, (len(moments), len(moments) - made, len(moments), backfill.id))
    return made


def _room(cursor: Cursor, backfill: Running) -> int:
    """How many more jobs may be unfinished. The modes but one want no two jobs at once."""
    cursor.execute(_UNFINISHED, (backfill.id,))
    row = cursor.fetchone()
    its_own, all_of_task = row or (0, 0)
    if backfill.mode == ExecutionMode.PARALLEL:
        return backfill.concurrency - int(its_own)
    return 0 if all_of_task else 1


def _make(cursor: Cursor, backfill: Running, moments: list[datetime]) -> int:
    work = read_work(backfill.work)
    ticks = [
        Tick(
            uuid7(), backfill.periodic_task_id, backfill.task_id, moment, work,
            priority=backfill.priority, submitted_by=backfill.created_by,
        )
        for moment in moments
    ]  # fmt: skip
    if backfill.schema != work.schema:
        fitness.check(cursor, ticks, [backfill.task_id])
    return len(make(cursor, ticks))
