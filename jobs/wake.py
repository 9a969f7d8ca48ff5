"""How processes tell each other, by Postgres' NOTIFY, that there is something to do.

Always sent after the commit of what it speaks of: inside a transaction it would serialise
commits. A lost one costs no more than the poll interval of the listener.
"""

from __future__ import annotations

from django.db import connection

WORK = "celeriac_work"
"""There are queued jobs, or slots came free."""
DONE = "celeriac_done"
"""Jobs became final."""


def wake_dispatcher() -> None:
    """Tells the dispatcher to look now."""
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {WORK}")


def slots_came_free() -> None:
    """Tells the dispatcher that an executor has room, and listeners that jobs became final."""
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {WORK}; NOTIFY {DONE}")
