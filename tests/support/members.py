"""HTTP executors for platforms: their rows, and a process that can be killed."""

from __future__ import annotations

import sys
import time
from typing import Any

from jobs.ids import uuid7
from tests.support.database import Database
from tests.support.local_server import Exchange, LocalServer

TYPES = ["external"]


def add_member(database: Database, base_url: str, name: str, **fields: Any) -> str:
    """An HTTP executor that has registered; its id. `fields` are those of its rows."""
    id_, (group, _, instance) = uuid7(), name.partition(":")
    slots, types = fields.pop("slots", 1), fields.pop("types", TYPES)
    labels = "{}"
    database.query(
        """
        INSERT INTO executors_executor
              (id, name, status, slots, protocol, pool, types, labels, host, pid, incarnation, held)
        VALUES (%s, %s, 'online', %s, 'http', 'http', %s, %s, '127.0.0.1', 0, %s, '{}')
        """,
        [id_, name, slots, types, labels, uuid7()],
    )
    defaults: dict[str, Any] = {
        "health_interval": 0.5,
        "health_timeout": 5.0,
        "failure_threshold": 2,
        "success_threshold": 1,
        "require_signature": False,
        "secret_version": 1,
        "checks_failed": 0,
        "checks_passed": 0,
        "shut": False,
        "refusals": 0,
        "registered_by": "",
    }
    row = {"executor_id": id_, "group": group, "instance_id": instance, "base_url": base_url}
    row |= defaults | fields
    columns = ", ".join(f'"{column}"' for column in row)
    places = ", ".join(["%s"] * len(row))
    database.query(
        f"INSERT INTO executors_member ({columns}) VALUES ({places})", list(row.values())
    )
    return id_


async def accept(it: Exchange) -> None:
    """Takes every call, is always well, and never reports."""
    await it.answer(202 if it.path == "/execute" else 200)


def main() -> None:
    """An executor in a process of its own; prints its address."""
    with LocalServer(accept) as server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        while True:
            time.sleep(60)


if __name__ == "__main__":
    main()
