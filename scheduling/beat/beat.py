"""One beat process: it leads or stands by."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import django.db
from psycopg2.errors import DeadlockDetected

from executors.processes.roles import ProcessRole
from scheduling.beat.isolation import GONE
from scheduling.beat.outbox import Message
from scheduling.beat.rounds import Rounds
from scheduling.beat.sender import Sender
from scheduling.leader import SESSION_TIMEOUT_MS, Leader

logger = logging.getLogger("celeriac.beat")

SENDS_FOR = SESSION_TIMEOUT_MS / 1000 * 0.75
"""Seconds after its last statement for which a leader may send: nobody else can lead so soon."""


class Beat:
    """Call `step` again and again, then `close`."""

    def __init__(self, connect: Callable[[], None], send: Callable[[Message], None]) -> None:
        self.leader = Leader(ProcessRole.BEAT)
        self._sender = Sender(connect, send)
        self._rounds: Rounds | None = None
        self._in_step = False

    def step(self) -> float:
        """Stands for the lead, or fires what is due; seconds to wait before the next step."""
        self._in_step = True
        try:
            if self._rounds is None:
                if not self.leader.stand():
                    return self.leader.pause
                self._rounds = Rounds(self.leader, self._sender)
            self._rounds.run()
            self._sender.lead_until(time.monotonic() + SENDS_FOR)
            self._rounds.rest()
        except DeadlockDetected:
            # Postgres took the transaction back whole; the session, and the lead, go on.
            logger.info("A step met a deadlock and is tried again.")
        except GONE as error:
            logger.warning("No longer the leader: %s", str(error).strip())
            self._give_up()
        finally:
            self._in_step = False
        return 0.0

    def close(self) -> None:
        """Ends it. In the middle of a step, as a signal may be, that is left to a later call."""
        if not self._in_step:
            self._sender.stop()
            self.leader.leave()

    def _give_up(self) -> None:
        self._sender.lead_until(0)
        self._rounds = None
        self.leader.resign()
        django.db.connection.close()
