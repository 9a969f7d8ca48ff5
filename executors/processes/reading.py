"""Which processes are alive, by the database's clock. Ages are in seconds."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from executors.processes.roles import ProcessRole
from jobs.sql import Cursor


class Living(NamedTuple):
    """A process that is alive."""

    role: str
    host: str
    pid: int
    started_at: datetime
    leads_since: datetime | None


def living(cursor: Cursor, limit: float) -> list[Living]:
    """All that were heard of in the last `limit` seconds and have not ended: leaders first."""
    cursor.execute(
        """
        SELECT role, host, pid, started_at, leader_since FROM executors_process
         WHERE ended_at IS NULL AND last_beat > now() - %s * interval '1 s'
         ORDER BY role DESC, leader_since NULLS LAST, started_at, id
        """,
        (limit,),
    )
    return [Living(*row) for row in cursor.fetchall()]


def gateway_there(limit: str) -> str:
    """A condition in SQL: whether there is a gateway; `limit` is a parameter's place, such as $1.

    One that ended counts until the limit is over as one that died does, so that a restart changes
    nothing about where jobs go.
    """
    return f"""
        EXISTS (SELECT FROM executors_process gateway
                 WHERE gateway.role = '{ProcessRole.GATEWAY}'
                   AND gateway.last_beat > now() - {limit}::float8 * interval '1 s')
    """


def is_gateway_there(cursor: Cursor, limit: float) -> bool:
    """Whether anybody calls HTTP executors, or did in the last `limit` seconds."""
    cursor.execute(f"SELECT {gateway_there('%s')}", (limit,))
    return cursor.fetchone() == (True,)
