"""How processes tell each other, by Postgres' NOTIFY, that there is something to do.

Always sent after the commit of what it speaks of: inside a transaction it would serialise
commits. A lost one costs no more than the poll interval of the listener.
"""

from __future__ import annotations

import logging

from django.db import InterfaceError, OperationalError, connection

logger = logging.getLogger("celeriac.wake")

WORK = "celeriac_work"
"""There are queued jobs, or slots came free."""
DONE = "celeriac_done"
"""Jobs became final."""


def wake_dispatcher() -> None:
    """Tells the dispatcher to look now."""
    _notify(f"NOTIFY {WORK}")


def slots_came_free() -> None:
    """Tells the dispatcher that an executor has room, and listeners that jobs became final."""
    _notify(f"NOTIFY {WORK}; NOTIFY {DONE}")


def jobs_ended() -> None:
    """Tells listeners that jobs became final which held no slot."""
    _notify(f"NOTIFY {DONE}")


def _notify(statement: str) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    except (OperationalError, InterfaceError) as error:
        # What it speaks of is committed, so that its caller has not failed.
        logger.warning("Nobody was woken, the database is away: %s", error)
        connection.close()
