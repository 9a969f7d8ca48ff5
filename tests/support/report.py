"""What a platform under test looks like: shown when a wait was in vain or an invariant broke."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg2

from tests.support.database import Database
from tests.support.process import Process

TAIL = 12

SECTIONS = {
    "jobs": "SELECT type, status, count(*) FROM jobs_job GROUP BY 1, 2 ORDER BY 1, 2",
    "jobs under way": """
        SELECT id, type, status, attempt, isolated, executor, execution_id, error->>'code' AS error
          FROM jobs_job WHERE status NOT IN ('completed', 'failed', 'cancelled')
         ORDER BY id LIMIT 10""",
    "live leases": """
        SELECT id, state, job_type, size, slots, incarnation, now() - assigned_at AS age
          FROM executors_lease WHERE state IN ('assigned', 'claimed') ORDER BY id LIMIT 10""",
    "executors": """
        SELECT name, status, slots, pid, incarnation, now() - last_heartbeat AS silent, held
          FROM executors_executor""",
    "processes": """
        SELECT role, pid, leader_since, ended_at, now() - last_beat AS silent
          FROM executors_process""",
}


def describe(database: Database, processes: Iterable[Process]) -> str:
    """The state of the rows, then the ends of the logs."""
    parts = [_rows(database, title, statement) for title, statement in SECTIONS.items()]
    parts += [_log(process) for process in processes]
    return "\n".join(parts)


def _rows(database: Database, title: str, statement: str) -> str:
    try:
        rows = database.query(statement)
    except psycopg2.Error as error:
        return f"--- {title}: {error}"
    return "\n".join([f"--- {title}", *(_line(row) for row in rows)])


def _line(row: dict[str, Any]) -> str:
    return "  " + " ".join(f"{key}={value}" for key, value in row.items())


def _log(process: Process) -> str:
    state = "runs" if process.is_running() else "ended"
    lines = process.said().splitlines()[-TAIL:]
    return "\n".join([f"--- log of {process.name} ({process.pid}, {state})", *lines])
