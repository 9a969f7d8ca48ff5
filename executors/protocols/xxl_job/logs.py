"""Fetches the logs of runs from `/log`, in parts, and keeps them with the job."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction

from executors import leases
from executors.gateway.errors import AnswerTooLarge, HttpError
from executors.gateway.threads import in_database
from executors.logs import store
from executors.logs.lines import Level, Line, Stream
from executors.protocols.xxl_job.calling import ask
from executors.protocols.xxl_job.pace import FASTEST, SLOWEST, SLOWING, is_over
from executors.protocols.xxl_job.wire import asked
from executors.protocols.xxl_job.wire.asked import LogPart
from jobs import lifecycle
from jobs.sql import retry_on_deadlock

if TYPE_CHECKING:
    from executors.gateway.http import Http

AT_ONCE = 50
"""Runs that are asked for at the same time, each of which may answer with megabytes."""

SECONDS = 5.0
"""Until a call is given up: an executor that hangs holds up all others' logs that long."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run whose log is to be looked at; `line` is the last that there is of it.

    `ended_ago` is in seconds, None while it lasts. `base_url` and `group` are None where the
    executor is gone.
    """

    log_id: int
    execution_id: str
    job_id: str
    started_at: float
    line: int
    ended_ago: float | None
    base_url: str | None
    group: str | None


async def pull(http: Http) -> None:
    """Looks once at the logs that are due."""
    due = await in_database(_take_due)
    async with asyncio.TaskGroup() as group:
        for run in due:
            group.create_task(_look(run, http))


async def _look(run: Run, http: Http) -> None:
    part: LogPart | None = None
    lines: list[Line] = []
    try:
        part = await _fetch(run, http)
    except AnswerTooLarge as error:
        lines = [_note(error)]
    except HttpError:
        pass  # an executor that is away is found out elsewhere
    else:
        lines = [Line(text) for text in part.lines] if part else []
    is_last = any(line.stream is Stream.NOTE for line in lines) or is_over(part, run.ended_ago)
    if lines or is_last:
        line = part.last if part else run.line
        await in_database(lambda: retry_on_deadlock(lambda: _keep(run, lines, line, is_last)))


async def _fetch(run: Run, http: Http) -> LogPart | None:
    """Its next lines; None for an executor that has no answer."""
    if run.base_url is None:
        return None
    body = asked.log(run.log_id, run.started_at, run.line + 1)
    its = http.of(run.group or "")
    reply = await ask(run.base_url, asked.LOG, body, its, seconds=SECONDS)
    if not reply.good:
        return None
    return asked.read_log(reply.answer, run.line + 1, ended=run.ended_ago is not None)


def _note(error: AnswerTooLarge) -> Line:
    text = f"The log ends here: the executor sends the rest of it as one. {error}"
    return Line(text, Level.WARNING, Stream.NOTE)


def _take_due() -> list[Run]:
    """Runs whose turn it is, put to the end of the line at once: no other gateway takes them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH due AS (
                SELECT run.id, execution.job_id, execution.state, execution.completed_at,
                       member.base_url, member."group"
                  FROM executors_xxlrun run
                  JOIN executors_execution execution ON execution.id = run.execution_id
                  LEFT JOIN executors_member member ON member.executor_id = execution.executor_id
                 WHERE NOT run.log_ended
                   AND (execution.completed_at > coalesce(run.log_pulled_at, run.started_at)
                        OR coalesce(run.log_pulled_at, run.started_at)
                           < now() - greatest(%(fastest)s * '1 s'::interval,
                                              least((now() - run.started_at) / %(slowing)s,
                                                    %(slowest)s * '1 s'::interval)))
                 ORDER BY run.log_pulled_at NULLS FIRST
                 LIMIT %(limit)s
                   FOR UPDATE OF run SKIP LOCKED
            )
            UPDATE executors_xxlrun run
               SET log_pulled_at = now(), log_ended = due.state = 'released'
              FROM due
             WHERE run.id = due.id
            RETURNING run.id, run.execution_id::text, due.job_id::text,
                      extract(epoch FROM run.started_at)::float8, run.log_line,
                      extract(epoch FROM now() - due.completed_at)::float8, due.base_url,
                      due."group", run.log_ended
            """,
            {"fastest": FASTEST, "slowest": SLOWEST, "slowing": SLOWING, "limit": AT_ONCE},
        )
        return [Run(*row) for *row, is_released in cursor.fetchall() if not is_released]


def _keep(run: Run, lines: list[Line], line: int, is_last: bool) -> None:
    """Adds the lines up to this one to the job's log, unless that was done in the meantime."""
    with connection.cursor() as cursor:
        if run.ended_ago is None and lines:
            # Locks come in this order everywhere: jobs, executions, leases, then logs.
            lifecycle.lock(cursor, [run.job_id])
            leases.heard_of(cursor, run.execution_id, None)
        is_cut = store.append(cursor, run.execution_id, lines) < len(lines)
        cursor.execute(
            """
            UPDATE executors_xxlrun SET log_line = %s, log_ended = %s
             WHERE id = %s AND log_line = %s AND NOT log_ended
            """,
            (line, is_last or is_cut, run.log_id, run.line),
        )
        if not cursor.rowcount:
            transaction.set_rollback(True)
