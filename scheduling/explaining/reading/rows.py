"""Reads what explanations are made from; the caller holds the transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from executors.processes.reading import gateway_there
from executors.states import ExecutionKind, ExecutionState
from jobs.errors import JobNotFound
from jobs.labels import LINK, LINKED
from jobs.sql import Cursor
from jobs.states import JobState
from scheduling.dispatching.capacity import all_labels
from scheduling.dispatching.queued_jobs import columns, queued_job
from scheduling.explaining.scene import UNREACHABLE, Absent, Attempt, Delay, History, Subject

ATTEMPTS = 5_000
ABSENT = 200
"""Executors that take no work are looked at up to here, those heard of last first."""


def read_job(cursor: Cursor, job_id: str) -> tuple[Subject, datetime]:
    """The job, and the database's time; raises `JobNotFound`."""
    cursor.execute(
        f"""
        SELECT now(), job.status, job.attempt, job.created_at, job.run_at, job.available_at,
               job.started_at, job.completed_at, job.executor, job.chunk_count, job.width,
               job.cancel_requested_at IS NOT NULL, periodic.name, periodic.enabled,
               task.execution_mode,
               {columns("job")}
          FROM jobs_job job
          LEFT JOIN scheduling_task task ON task.id = job.task_id
          LEFT JOIN django_celery_beat_periodictask periodic ON periodic.id = task.periodic_task_id
         WHERE job.id = %s
        """,
        (job_id,),
    )
    row = cursor.fetchone()
    if row is None:
        raise JobNotFound(id=job_id)
    return _subject(row), row[0]


def _subject(row: tuple[Any, ...]) -> Subject:
    queued = queued_job(*row[15:])
    queued.age = max(queued.age, 0.0)  # it may be due only later
    return Subject(queued.id, queued.type, JobState(row[1]), queued, *row[2:15])


def read_absent(cursor: Cursor, limit: float) -> list[Absent]:
    """Executors that placement does not see; `limit` as in `read_capacity`."""
    cursor.execute(
        f"""
        SELECT executor.name,
               CASE WHEN executor.status <> 'online' THEN executor.status
                    WHEN executor.protocol = 'celery' THEN 'silent'
                    ELSE '{UNREACHABLE}' END,
               executor.slots, GREATEST(executor.slots - COALESCE(sum(lease.slots), 0), 0)::int,
               executor.types, executor.labels::text, member."group",
               ARRAY(SELECT task_id::text FROM scheduling_taskexecutor link
                      WHERE link.executor_id = executor.id)
          FROM (SELECT * FROM executors_executor
                 WHERE status <> 'online'
                    OR CASE WHEN protocol = 'celery'
                            THEN last_heartbeat <= now() - %s::float8 / 2 * interval '1 s'
                            ELSE NOT {gateway_there("%s")} END
                 ORDER BY last_heartbeat DESC LIMIT %s) executor
          LEFT JOIN executors_member member ON member.executor_id = executor.id
          LEFT JOIN executors_lease lease
            ON lease.executor_id = executor.id AND lease.state IN ('assigned', 'claimed')
         GROUP BY executor.id, executor.name, executor.status, executor.protocol, executor.slots,
                  executor.types, executor.labels::text, member."group"
         ORDER BY executor.name
        """,
        (limit, limit, ABSENT),
    )
    return [
        Absent(
            name,
            status,
            slots,
            free,
            frozenset(types),
            all_labels(labels, name, group) | {f"{LINK}{id_}": LINKED for id_ in task_ids},
        )
        for name, status, slots, free, types, labels, group, task_ids in cursor.fetchall()
    ]


def dispatcher_leads(cursor: Cursor, patience: float) -> bool:
    """Whether a dispatcher leads that was heard of in the last `patience` seconds."""
    cursor.execute(
        """
        SELECT EXISTS (SELECT FROM executors_process
                        WHERE role = 'dispatcher' AND leader_since IS NOT NULL
                          AND last_beat > now() - %s * interval '1 s')
        """,
        (patience,),
    )
    row = cursor.fetchone()
    return bool(row and row[0])


def read_history(cursor: Cursor, job_id: str) -> History:
    """The job's executions, oldest first, and its retry delays."""
    cursor.execute(
        """
        SELECT execution.id::text, execution.kind, execution.chunk, execution.attempt,
               execution.state, executor.name, COALESCE(lease.slots, 1),
               CASE WHEN execution.kind = 'whole' AND lease.size > 1
                    THEN (SELECT count(*) FROM executors_execution other
                           WHERE other.lease_id = lease.id AND other.id < execution.id)
                    ELSE 0 END,
               lease.assigned_at, execution.started_at, execution.completed_at, lease.closed_at,
               execution.available_at, count(*) OVER ()
          FROM executors_execution execution
          LEFT JOIN executors_lease lease ON lease.id = execution.lease_id
          LEFT JOIN executors_executor executor ON executor.id = execution.executor_id
         WHERE execution.job_id = %s
         ORDER BY execution.id
         LIMIT %s
        """,
        (job_id, ATTEMPTS),
    )
    rows = cursor.fetchall()
    cursor.execute(
        """
        SELECT at, (data->>'delay')::float8 FROM jobs_jobevent
         WHERE job_id = %s AND kind = 'retried' AND data ? 'delay' AND NOT data ? 'chunk'
         ORDER BY id
        """,
        (job_id,),
    )
    delays = [Delay(at, seconds) for at, seconds in cursor.fetchall()]
    left_out = rows[0][-1] - len(rows) if rows else 0
    return History([_attempt(row) for row in rows], delays, left_out)


def _attempt(row: tuple[Any, ...]) -> Attempt:
    id_, kind, chunk, number, state = row[:5]
    kind, state = ExecutionKind(kind), ExecutionState(state)
    return Attempt(id_, kind, chunk, number, state, *row[5:13])
