"""Reads logs: page by page, from a number on, and how far those of several jobs have come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from executors.logs.lines import Level
from jobs.errors import JobNotFound
from jobs.sql import array
from jobs.states import FINAL, JobState


@dataclass(frozen=True, slots=True)
class Query:
    """Which lines of a job's log: those after a number, of an execution, of at least a level."""

    job_id: str
    after: int = 0
    execution_id: str | None = None
    level: Level | None = None
    limit: int = 1000


@dataclass(frozen=True, slots=True)
class Page:
    """Lines in the shape of the API, and the number to go on from.

    `has_more`: there are further lines now. `complete`: there are none, and the job has ended.
    """

    lines: list[dict[str, Any]]
    cursor: int
    has_more: bool
    status: JobState

    @property
    def complete(self) -> bool:
        """Whether the log has been read to its end."""
        return self.status in FINAL and not self.has_more


COLUMNS = ("number", "at", "level", "stream", "text", "execution", "kind", "chunk", "attempt")

_LINES = """
    SELECT line.number, line.at, line.level, line.stream, line.text, line.execution_id::text,
           execution.kind, execution.chunk, execution.attempt
      FROM executors_logline line
      LEFT JOIN executors_execution execution ON execution.id = line.execution_id
     WHERE line.job_id = %(job)s
       AND (%(execution)s::uuid IS NULL OR line.execution_id = %(execution)s)
       AND (%(level)s::int IS NULL OR line.level >= %(level)s)
"""


def read(query: Query) -> Page:
    """The first lines that the query asks for; raises `JobNotFound`."""
    standing = standings([query.job_id]).get(query.job_id)
    if standing is None:
        raise JobNotFound(id=query.job_id)
    # Both are of one snapshot: the log of a job whose end it shows is whole up to this number.
    status, last = standing
    lines = _lines(query, last) if last > query.after else []
    has_more = len(lines) == query.limit
    cursor = lines[-1]["number"] if has_more else max(last, query.after)
    return Page(lines, cursor, has_more, status)


def read_last(query: Query) -> list[dict[str, Any]]:
    """The last lines that the query asks for, the oldest of them first."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_LINES} ORDER BY line.number DESC LIMIT %(limit)s", _parameters(query))
        return [_shaped(row) for row in reversed(cursor.fetchall())]


def standings(job_ids: Iterable[str]) -> dict[str, tuple[JobState, int]]:
    """Of each of these jobs that there are: its status, and the last number in its log."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT job.id::text, job.status, coalesce(log.lines, 0)
              FROM jobs_job job LEFT JOIN executors_joblog log ON log.job_id = job.id
             WHERE job.id = ANY(%s::uuid[])
            """,
            (array(job_ids),),
        )
        return {id_: (JobState(status), lines) for id_, status, lines in cursor.fetchall()}


def after(query: Query, number: int) -> Query:
    """The same query from another number on."""
    return replace(query, after=number)


def _lines(query: Query, last: int) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""{_LINES} AND line.number > %(after)s AND line.number <= %(last)s
                ORDER BY line.number LIMIT %(limit)s""",
            _parameters(query) | {"last": last},
        )
        return [_shaped(row) for row in cursor.fetchall()]


def _parameters(query: Query) -> dict[str, Any]:
    return {
        "job": query.job_id,
        "execution": query.execution_id,
        "level": query.level and int(query.level),
        "after": query.after,
        "limit": query.limit,
    }


def _shaped(row: tuple[Any, ...]) -> dict[str, Any]:
    line = dict(zip(COLUMNS, row, strict=True))
    line["level"] = Level(line["level"]).label
    return line
