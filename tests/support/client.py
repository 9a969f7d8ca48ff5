"""What a test does to jobs, and reads of them, from outside the processes under test."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from jobs import lifecycle
from jobs.submission import NewJob
from jobs.wake import WORK
from tests.support.database import Database


class Client:
    """Jobs of one database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def submit(self, type_: str, *payloads: dict[str, Any], **fields: Any) -> list[str]:
        """Stores a job for each payload, and wakes the dispatcher; their ids."""
        jobs = [
            NewJob(type=type_, payload=json.dumps(payload), name=type_, **fields)
            for payload in payloads
        ]
        with self.database.transaction(cursor_factory=None) as cursor:
            ids = [submitted.id for submitted in lifecycle.submit(cursor, jobs)]
        self.database.query(f"NOTIFY {WORK}")
        return ids

    def submit_one(self, type_: str, payload: dict[str, Any] | None = None, **fields: Any) -> str:
        """Stores one job; its id."""
        return self.submit(type_, {} if payload is None else payload, **fields)[0]

    def cancel(self, *ids: str) -> dict[str, str]:
        """As `lifecycle.cancel`."""
        with self.database.transaction(cursor_factory=None) as cursor:
            return lifecycle.cancel(cursor, ids, "tester")

    def job(self, id_: str) -> dict[str, Any]:
        """The job's row."""
        return self.database.query("SELECT * FROM jobs_job WHERE id = %s", [id_])[0]

    def jobs(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Rows of jobs, in the order of their ids."""
        statement = "SELECT * FROM jobs_job WHERE id = ANY(%s::uuid[]) ORDER BY id"
        return self.database.query(statement, [list(ids)])

    def statuses(self, ids: Sequence[str]) -> Counter[str]:
        """How many of these jobs are in which state."""
        statement = """
            SELECT status, count(*) FROM jobs_job WHERE id = ANY(%s::uuid[]) GROUP BY status
        """
        rows = self.database.query(statement, [list(ids)])
        return Counter({row["status"]: row["count"] for row in rows})

    def are_final(self, ids: Sequence[str]) -> bool:
        """Whether all of these have ended."""
        return self.statuses(ids).keys() <= {"completed", "failed", "cancelled"}

    def executions(self, id_: str) -> list[dict[str, Any]]:
        """The job's executions, oldest first."""
        statement = "SELECT * FROM executors_execution WHERE job_id = %s ORDER BY id"
        return self.database.query(statement, [id_])

    def begun(self, id_: str) -> list[str]:
        """States of those of the job's executions that an executor began, oldest first.

        Before it begins, a lease may be given back, or lost with an executor that is slow.
        """
        return [its["state"] for its in self.executions(id_) if its["started_at"]]

    def run_twice(self, ids: Sequence[str]) -> list[str]:
        """Those of the jobs that were begun more than once."""
        statement = """
            SELECT job_id::text FROM executors_execution
             WHERE job_id = ANY(%s::uuid[]) AND started_at IS NOT NULL
             GROUP BY job_id HAVING count(*) > 1
        """
        return [row["job_id"] for row in self.database.query(statement, [list(ids)])]

    def leases(self, id_: str) -> list[dict[str, Any]]:
        """The leases that the job was in, oldest first."""
        return self.database.query(
            """
            SELECT * FROM executors_lease
             WHERE id IN (SELECT lease_id FROM executors_execution WHERE job_id = %s) ORDER BY id
            """,
            [id_],
        )

    def events(self, id_: str) -> list[dict[str, Any]]:
        """The job's events, oldest first."""
        return self.database.query(
            "SELECT * FROM jobs_jobevent WHERE job_id = %s ORDER BY id", [id_]
        )
