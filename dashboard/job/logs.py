"""The log of a job as a text file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from executors.logs import reading
from executors.logs.reading import Query

LINES = 1000
"""Read at a time."""


def text(job_id: str) -> Iterator[str]:
    """All lines of the log, in blocks; raises `JobNotFound` where the first is asked for."""
    query = Query(job_id, limit=LINES)
    while True:
        page = reading.read(query)
        yield "".join(map(_line, page.lines))
        if not page.has_more:
            return
        query = reading.after(query, page.cursor)


def _line(line: dict[str, Any]) -> str:
    where = "" if line["chunk"] is None else f" chunk {line['chunk']}"
    again = f" attempt {line['attempt']}" if (line["attempt"] or 1) > 1 else ""
    at = f"{line['at']:%Y-%m-%d %H:%M:%S.%f}"[:-3]
    return f"{at}Z {line['level'].upper():<8}{where}{again} {line['text']}\n"
