"""The integers that XXL-JOB calls jobs and runs by: given out once, and kept."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from itertools import count

from jobs.sql import Cursor

PARALLEL = "parallel"
"""The execution mode in which several jobs of a task may run on one executor."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What an execution is called there: its `jobId`, its `logId`, and its time in epoch seconds.

    `is_latest`: its executor was given no other execution with the same `jobId` after it.
    """

    job_id: int
    log_id: int
    started_at: float
    is_latest: bool = True


SUBJECT_MAX = 390
"""Characters, so that a column has room for what `free_name` adds."""


def subject_of(task_id: str | None, group: str, handler: str) -> str:
    """What a `jobId` stands for: a task, or a handler of a group for jobs of no task."""
    if task_id:
        return f"task:{task_id}"
    subject = f"{_escaped(group)}/{_escaped(handler)}"
    return subject if len(subject) <= SUBJECT_MAX else sha256(subject.encode()).hexdigest()


def free_name(subject: str, taken: Collection[str]) -> str:
    """The first of the subject's names that is not taken: itself, then with #1, #2, …

    An executor runs a `jobId` once at a time, and stops all that it has of it at once. So jobs
    that may run beside each other on one executor have a `jobId` each.
    """
    names = (f"{subject}#{n}" if n else subject for n in count())
    return next(name for name in names if name not in taken)


def give(cursor: Cursor, execution_id: str, executor_id: str, subject: str, mode: str) -> Numbers:
    """The numbers of an execution that is to be run by an executor; the same when asked again.

    Call it in a transaction: other executions of the subject wait until these are seen as taken.
    """
    job_id = _job_id(cursor, subject)
    if mode == PARALLEL:
        name = free_name(subject, _names_in_use(cursor, executor_id, execution_id))
        job_id = job_id if name == subject else _job_id(cursor, name)
    cursor.execute(
        """
        INSERT INTO executors_xxlrun (execution_id, job_id, log_line, log_ended)
        VALUES (%s, %s, 0, false) ON CONFLICT (execution_id) DO NOTHING
        """,
        (execution_id, job_id),
    )
    found = find(cursor, execution_id)
    assert found is not None
    return found


def find(cursor: Cursor, execution_id: str) -> Numbers | None:
    """The numbers that an execution was given, if it was."""
    cursor.execute(
        """
        SELECT run.job_id, run.id, extract(epoch FROM run.started_at)::float8,
               NOT EXISTS (
                   SELECT FROM executors_xxlrun later
                     JOIN executors_execution other ON other.id = later.execution_id
                    WHERE later.job_id = run.job_id AND later.id > run.id
                      AND other.executor_id = execution.executor_id
               )
          FROM executors_xxlrun run
          LEFT JOIN executors_execution execution ON execution.id = run.execution_id
         WHERE run.execution_id = %s
        """,
        (execution_id,),
    )
    row = cursor.fetchone()
    return Numbers(*row) if row else None


def _job_id(cursor: Cursor, name: str) -> int:
    """The number of a name, locked; it is looked for first, as an INSERT in vain uses one up."""
    cursor.execute("SELECT id FROM executors_xxljob WHERE subject = %s FOR UPDATE", (name,))
    row = cursor.fetchone()
    if row is None:
        cursor.execute(
            """
            INSERT INTO executors_xxljob (subject) VALUES (%s)
            ON CONFLICT (subject) DO UPDATE SET subject = excluded.subject
            RETURNING id
            """,
            (name,),
        )
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def _names_in_use(cursor: Cursor, executor_id: str, execution_id: str) -> set[str]:
    """Names under which the executor runs something other than the execution."""
    cursor.execute(
        """
        SELECT job.subject
          FROM executors_lease lease
          JOIN executors_execution execution ON execution.lease_id = lease.id
          JOIN executors_xxlrun run ON run.execution_id = execution.id
          JOIN executors_xxljob job ON job.id = run.job_id
         WHERE lease.executor_id = %s AND lease.state IN ('assigned', 'claimed')
           AND execution.state = 'running' AND execution.id <> %s
        """,
        (executor_id, execution_id),
    )
    return {name for (name,) in cursor.fetchall()}


def _escaped(name: str) -> str:
    return name.replace("%", "%25").replace("/", "%2F").replace("#", "%23")
