"""Who is there on a platform under test, as its rows tell; and rows as if time had passed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from scheduling.leader import LOCK_SPACE
from tests.support import invariants
from tests.support.database import Database
from tests.support.process import Process
from tests.support.waiting import wait_until

FORGET = """
    TRUNCATE jobs_job, jobs_jobevent, executors_executor, executors_lease, executors_execution,
             executors_process, scheduling_task, scheduling_nextrun,
             django_celery_beat_periodictask, executors_logline, executors_joblog CASCADE
"""


class Standing:
    """Executors, leaders, gateways and sessions of one database."""

    database: Database
    heartbeat_limit: float
    """Seconds of silence after which a process counts as dead."""

    def executor(self, name: str = "w1") -> dict[str, Any]:
        """The row of an executor, empty where it is not known."""
        rows = self.database.query("SELECT * FROM executors_executor WHERE name = %s", [name])
        return rows[0] if rows else {}

    def held_by(self, *names: str) -> list[Any]:
        """The live leases of these executors."""
        live = f"SELECT * FROM ({invariants.NO_LIVE_LEASE_AT_REST}) live WHERE name = ANY(%s)"
        return self.database.query(live, [list(names)])

    def is_alive(self, role: str, pid: int | None = None) -> bool:
        """Whether a process of the role, of this id if one is given, is shown as alive."""
        return bool(
            self.database.query(
                """
                SELECT id FROM executors_process
                 WHERE role = %s AND pid = COALESCE(%s, pid) AND ended_at IS NULL
                   AND last_beat > now() - %s * interval '1 s'
                """,
                [role, pid, self.heartbeat_limit],
            )
        )

    def leads(self, process: Process) -> bool | None:
        """Whether a dispatcher or beat leads, as its row has it; None where it has no row."""
        statement = "SELECT leader_since IS NOT NULL FROM executors_process"
        return self.database.one(f"{statement} WHERE pid = %s", [process.pid])

    def leading_session(self, role: str) -> int:
        """The process id of the session on which the leading dispatcher or beat writes."""
        statement = """
            SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database
             WHERE locktype = 'advisory' AND granted AND datname = current_database()
               AND classid = %s AND objid = hashtext(%s)::bigint & x'ffffffff'::bigint
        """
        return int(
            wait_until(
                lambda: self.database.one(statement, [LOCK_SPACE, role]), what=f"a {role} leads"
            )
        )

    def wait_closed(self, session: int) -> None:
        """Waits until Postgres has no session of this process id; it frees its locks before."""
        statement = "SELECT 1 FROM pg_stat_activity WHERE pid = %s"
        wait_until(lambda: not self.database.query(statement, [session]), what="it is closed")

    def wait_unconnected(self, *names: str) -> None:
        """Waits until nothing that killed processes had begun to write can still be written."""
        statement = """
            SELECT application_name, query FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = ANY(%s)
        """
        wait_until(
            lambda: not self.database.query(statement, [list(names)]),
            what=f"the sessions of {names} have ended",
        )

    def age(self, *names: str) -> None:
        """As if these executors, which are dead or frozen, had been silent for an hour."""
        self.database.query(
            """
            UPDATE executors_executor SET last_heartbeat = last_heartbeat - interval '1 h'
             WHERE name = ANY(%s)
            """,
            [list(names)],
        )

    def vouch_for(self, name: str) -> bool:
        """As if this executor, which is frozen, had been heard just now; True."""
        statement = "UPDATE executors_executor SET last_heartbeat = now() WHERE name = %s"
        self.database.query(statement, [name])
        return True

    def age_gateways(self) -> None:
        """As if the gateways, which are dead, had been silent for an hour."""
        self.database.query(
            """
            UPDATE executors_process SET last_beat = last_beat - interval '1 h'
             WHERE role = 'gateway'
            """
        )

    @contextmanager
    def gateway_elsewhere(self) -> Iterator[None]:
        """A gateway as far as rows tell; nobody takes what is sent to it."""
        (row,) = self.database.query(
            """
            INSERT INTO executors_process (id, role, host, pid, last_beat)
            VALUES (gen_random_uuid(), 'gateway', 'elsewhere', 1, now() + interval '1 h')
            RETURNING id
            """
        )
        try:
            yield
        finally:
            self.database.query("DELETE FROM executors_process WHERE id = %s", [row["id"]])
