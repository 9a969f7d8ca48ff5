"""Waits for jobs to be final, on a connection that listens."""

from __future__ import annotations

import select

import psycopg2
from django.db import connections


class Ends:
    """Sees within a moment that a job has ended."""

    def __init__(self) -> None:
        self._connection = psycopg2.connect(**connections["default"].get_connection_params())
        self._connection.autocommit = True
        self._cursor = self._connection.cursor()
        self._cursor.execute("LISTEN celeriac_done")

    def wait_for(self, job_id: str) -> None:
        """Returns when the job has completed; raises where it ended otherwise."""
        while (status := self._status(job_id)) not in {"completed", "failed", "cancelled"}:
            select.select([self._connection], [], [], 1)
            self._connection.poll()
        if status != "completed":
            message = f"Job {job_id} is {status}."
            raise AssertionError(message)

    def _status(self, job_id: str) -> str:
        self._cursor.execute("SELECT status FROM jobs_job WHERE id = %s", (job_id,))
        return str(self._cursor.fetchone()[0])

    def close(self) -> None:
        """Ends the session."""
        self._connection.close()
