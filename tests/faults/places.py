"""HTTP executors for faults, the jobs that they are called for, and what they report."""

from __future__ import annotations

from itertools import count
from urllib.parse import urlsplit

import requests

from tests.support.local_server import Exchange, LocalServer
from tests.support.members import add_member
from tests.support.platform import Platform

_numbers = count(1)


class Place:
    """HTTP executors of one group, and jobs for them."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.group = f"group-{next(_numbers)}"
        self._members: list[str] = []

    def add(self, url: str, name: str = "one", **fields: object) -> None:
        """Another executor of the group."""
        self._members.append(f"{self.group}:{name}")
        add_member(self.platform.database, url, self._members[-1], **fields)

    def submit(self, **fields: object) -> str:
        """A job that any of them may run."""
        wishes = {"requires": {"group": self.group}} | fields
        return self.platform.client.submit_one("external", {"n": 1}, **wishes)

    def close(self) -> None:
        """The members are gone, and nobody has to find out."""
        names = [self._members]
        database = self.platform.database
        database.query(
            "UPDATE executors_executor SET status = 'offline' WHERE name = ANY(%s)", names
        )
        database.query(
            """
            DELETE FROM executors_member USING executors_executor
             WHERE id = executor_id AND name = ANY(%s)
            """,
            names,
        )


def call_back(web: str, call: Exchange, result: object) -> bool:
    """Says that the execution is completed, as its executor would; whether that counted."""
    told = call.json()
    answer = requests.post(
        web + urlsplit(told["callback_url"]).path,
        json={"token": told["token"], "status": "completed", "result": result},
        timeout=60,
    )
    answer.raise_for_status()
    return bool(answer.json()["accepted"])


def calls(server: LocalServer) -> list[Exchange]:
    return [its for its in server.exchanges if its.path == "/execute"]


def is_accepted(platform: Platform, id_: str) -> bool:
    """Whether an executor has taken the job, and runs it."""
    leases = platform.client.leases(id_)
    return any(its["state"] == "claimed" and its["accepted_at"] for its in leases)


def wait_accepted(platform: Platform, server: LocalServer, id_: str) -> Exchange:
    """Waits for the call by which this executor took the job.

    There may have been others before, which took too long on a slow machine and were given back.
    """

    def its_call() -> Exchange | None:
        if not is_accepted(platform, id_):
            return None
        execution_id = str(platform.client.job(id_)["execution_id"])
        return next((it for it in calls(server) if it.json()["execution_id"] == execution_id), None)

    call = platform.wait_until(its_call, what="the call is accepted")
    assert call is not None
    return call
