"""Reports of ends that Celeriac has not confirmed yet, in a file that outlives the process."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path
from typing import NamedTuple

LONGEST_WAIT = 60.0
"""Seconds between two tries, at most."""


class Report(NamedTuple):
    """A message to be sent, and how often that was tried in vain."""

    number: int
    execution_id: str
    url: str
    body: bytes
    tries: int


class Spool:
    """A queue on disk, for any number of threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._file = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # Each body holds the token of its execution.
        path.chmod(0o600)
        self._file.execute(
            """
            CREATE TABLE IF NOT EXISTS report
                (number INTEGER PRIMARY KEY, execution_id TEXT, url TEXT, body BLOB,
                 tries INTEGER, due REAL)
            """
        )
        self._file.execute("UPDATE report SET due = 0")

    def add(self, execution_id: str, url: str, body: bytes) -> None:
        """Keeps a report until it is `done`."""
        with self._lock:
            self._file.execute(
                "INSERT INTO report (execution_id, url, body, tries, due) VALUES (?, ?, ?, 0, 0)",
                (execution_id, url, body),
            )

    def due(self) -> list[Report]:
        """What is to be sent now, the oldest first."""
        with self._lock:
            rows = self._file.execute(
                """
                SELECT number, execution_id, url, body, tries FROM report
                 WHERE due <= ? ORDER BY number
                """,
                (time.time(),),
            )
            return [Report(*row) for row in rows]

    def executions(self) -> list[str]:
        """Ids of those whose reports are not confirmed."""
        with self._lock:
            return [row[0] for row in self._file.execute("SELECT execution_id FROM report")]

    def done(self, report: Report) -> None:
        """It was confirmed, or never will be."""
        with self._lock:
            self._file.execute("DELETE FROM report WHERE number = ?", (report.number,))

    def put_off(self, report: Report) -> None:
        """It could not be sent: again in a second, then two, four and so on."""
        wait = min(2.0 ** min(report.tries, 10), LONGEST_WAIT)
        with self._lock:
            self._file.execute(
                "UPDATE report SET tries = tries + 1, due = ? WHERE number = ?",
                (time.time() + wait, report.number),
            )

    def close(self) -> None:
        """The file is closed; what is left in it is sent after the next start."""
        with self._lock:
            self._file.close()
