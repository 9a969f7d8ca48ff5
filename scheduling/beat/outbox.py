"""What is still to be sent for users' own Celery tasks: written down with the tick itself.

So no tick is lost when its leader dies before it has sent the message, or while the broker is
away. The message's id is the same whoever sends it.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django_celery_beat.models import PeriodicTask

from jobs.sql import Cursor, array, numbers

NAMESPACE = uuid.UUID("5f1c2a1e-3c57-4d7e-9a3e-6f4b8b0f6c1d")
KEPT_FOR = 60.0
"""Seconds after which, of the unsent ticks of one task, only the last is still of use."""


@dataclass(frozen=True, slots=True)
class Message:
    """A Celery message to be sent for one tick."""

    periodic_task: PeriodicTask
    at: datetime

    @property
    def id(self) -> str:
        """Of the Celery task."""
        return str(uuid.uuid5(NAMESPACE, f"{self.periodic_task.pk}/{self.at.isoformat()}"))


def add(cursor: Cursor, messages: Sequence[Message]) -> None:
    """Writes down that these are to be sent, in the transaction of their ticks."""
    cursor.execute(
        """
        INSERT INTO scheduling_unsenttick (periodic_task_id, at)
        SELECT * FROM unnest(%s::int[], %s::timestamptz[])
        ON CONFLICT (periodic_task_id, at) DO NOTHING
        """,
        _columns(messages),
    )


def remove(cursor: Cursor, messages: Sequence[Message]) -> None:
    """These were sent, or can never be."""
    if messages:
        cursor.execute(
            """
            DELETE FROM scheduling_unsenttick
             WHERE (periodic_task_id, at) IN (SELECT * FROM unnest(%s::int[], %s::timestamptz[]))
            """,
            _columns(messages),
        )


def unsent(cursor: Cursor, older_than: float, limit: int) -> list[Message]:
    """Messages that nobody has told to be sent, of ticks `older_than` seconds."""
    cursor.execute(
        """
        SELECT periodic_task_id, at FROM scheduling_unsenttick
         WHERE at < now() - make_interval(secs => %s) ORDER BY at LIMIT %s
        """,
        (older_than, limit),
    )
    ticks = cursor.fetchall()
    found = PeriodicTask.objects.in_bulk({pk for pk, _ in ticks}) if ticks else {}
    return [Message(found[pk], at) for pk, at in ticks if pk in found]


def thin_out(cursor: Cursor) -> None:
    """Forgets old ticks that a later one of the same task, unsent as well, makes useless."""
    cursor.execute(
        """
        DELETE FROM scheduling_unsenttick tick
         WHERE at < now() - make_interval(secs => %s)
           AND EXISTS (SELECT FROM scheduling_unsenttick later
                        WHERE later.periodic_task_id = tick.periodic_task_id
                          AND later.at > tick.at)
        """,
        (KEPT_FOR,),
    )


def _columns(messages: Sequence[Message]) -> tuple[str, str]:
    return (
        numbers(message.periodic_task.pk for message in messages),
        array(message.at for message in messages),
    )
