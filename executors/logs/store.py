"""Writes lines of logs. Plain SQL on a cursor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from django.conf import settings

from executors.logs.lines import ROW_BYTES, Level, Line, Stream, storable
from jobs.sql import Cursor, Statement, array, numbers, uuids


@dataclass(frozen=True, slots=True)
class Entry:
    """A line and its place in the log of an execution, counted from 1."""

    job_id: str
    execution_id: str
    place: int
    line: Line


# The rows of `head` are locked in the order of their ids, so that two writers never wait for each
# other, and keep their locks until the commit.
_WRITE = Statement(
    """
    WITH line AS (
        SELECT line.*
          FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::float8[], $5::smallint[], $6::text[],
                      $7::text[]) AS line (job_id, execution_id, place, at, level, stream, text)
          JOIN executors_execution execution
            ON execution.id = line.execution_id AND execution.job_id = line.job_id
    ), head AS (
        INSERT INTO executors_joblog (job_id, lines)
        SELECT job_id, count(*) FROM line GROUP BY job_id ORDER BY job_id
        ON CONFLICT (job_id) DO UPDATE SET lines = executors_joblog.lines + excluded.lines
        RETURNING job_id, lines
    )
    INSERT INTO executors_logline
          (job_id, number, execution_id, place, at, level, stream, text)
    SELECT job_id,
           head.lines + 1
               - row_number() OVER (PARTITION BY job_id ORDER BY execution_id DESC, place DESC),
           execution_id, place, coalesce(to_timestamp(at), now()), level, stream, text
      FROM line JOIN head USING (job_id)
     ORDER BY job_id, execution_id, place
    ON CONFLICT (execution_id, place) DO NOTHING
    """
)


def write(cursor: Cursor, entries: Sequence[Entry]) -> None:
    """Adds lines to logs by one statement; those of executions that are gone are dropped.

    Safe to repeat: a line whose place is taken is there already.
    """
    _WRITE.run(
        cursor,
        uuids(entry.job_id for entry in entries),
        uuids(entry.execution_id for entry in entries),
        numbers(entry.place for entry in entries),
        array(entry.line.at for entry in entries),
        numbers(int(entry.line.level) for entry in entries),
        array(entry.line.stream for entry in entries),
        array(entry.line.text for entry in entries),
    )


def append(cursor: Cursor, execution_id: str, lines: Sequence[Line]) -> int:
    """Adds to the log of an execution what was said outside a worker; how many lines were kept.

    Call it in a transaction, after any verb on jobs and executions, whose locks come first. None
    is kept where there is no such execution, and none past the limit of its log, which is noted.
    """
    job_id = _lock(cursor, execution_id)
    if job_id is None:
        return 0
    place, size, is_cut = _standing(cursor, execution_id)
    kept = [] if is_cut else list(_fitting(lines, size))
    entries = [Entry(job_id, execution_id, place + n, line) for n, line in enumerate(kept, 1)]
    if entries:
        write(cursor, entries)
    return sum(entry.line.stream != Stream.NOTE for entry in entries)


def cut_note(limit: int) -> str:
    """What a log says where it was cut."""
    return f"The log is cut here: it has reached its limit of {limit:,} bytes."


def _lock(cursor: Cursor, execution_id: str) -> str | None:
    """Locks the end of the log of the execution's job; the job's id, None where there is none.

    The execution can't be pruned before the commit.
    """
    cursor.execute(
        """
        WITH known AS (
            SELECT job_id FROM executors_execution WHERE id = %s FOR KEY SHARE
        )
        INSERT INTO executors_joblog (job_id, lines) SELECT job_id, 0 FROM known
        ON CONFLICT (job_id) DO UPDATE SET lines = executors_joblog.lines
        RETURNING job_id::text
        """,
        (execution_id,),
    )
    row = cursor.fetchone()
    return str(row[0]) if row else None


def _standing(cursor: Cursor, execution_id: str) -> tuple[int, int, bool]:
    """The last place in an execution's log, its bytes, and whether it is cut."""
    cursor.execute(
        """
        SELECT coalesce(max(place), 0), coalesce(sum(octet_length(text) + %s), 0),
               coalesce(bool_or(stream = 'note'), false)
          FROM executors_logline WHERE execution_id = %s
        """,
        (ROW_BYTES, execution_id),
    )
    row = cursor.fetchone()
    assert row is not None
    return row[0], int(row[1]), row[2]


def _fitting(lines: Sequence[Line], size: int) -> Iterator[Line]:
    """The lines for which there is room; a note in place of the first for which there is none."""
    limit = settings.CELERIAC["LOG_MAX_BYTES"]
    for given in lines:
        line = replace(given, text=storable(given.text), level=Level.of(given.level))
        size += line.cost
        if size > limit:
            yield Line(cut_note(limit), Level.WARNING, Stream.NOTE, line.at)
            return
        yield line
