"""The dispatcher's process: leads or stands by; while it leads, it dispatches."""

from __future__ import annotations

import logging

from psycopg2.errors import DeadlockDetected

from executors.processes.roles import ProcessRole
from jobs.wake import WORK
from scheduling.dispatching.loop import Loop
from scheduling.following import Follower
from scheduling.historian import Historian
from scheduling.housekeeping import Housekeeper
from scheduling.leader import LOST, Leader

logger = logging.getLogger("celeriac.dispatcher")


class Dispatcher:
    """The loop, and beside it, in threads, what else only the leader does."""

    def __init__(self) -> None:
        self._leader = Leader(ProcessRole.DISPATCHER)
        self._loop = Loop(self._leader)
        self._beside = [Housekeeper(), Historian(), Follower()]

    def run(self) -> None:
        """Until `stop`: wait for the lead, then dispatch while it lasts."""
        while self._leader.campaign():
            try:
                self._lead()
            except LOST as error:
                logger.warning("No longer the leader: %s", str(error).strip())
                self._leader.resign()
            finally:
                for its in self._beside:
                    its.stop()
        self._loop.end()
        self._leader.leave()

    def stop(self) -> None:
        """Ends `run` after the turn at hand."""
        self._leader.stopping.set()

    def _lead(self) -> None:
        with self._leader.cursor() as cursor:
            cursor.execute(f"LISTEN {WORK}")
        for its in self._beside:
            its.start()
        self._loop.begin()
        while not self._leader.stopping.is_set():
            try:
                more = self._loop.turn()
            except DeadlockDetected:
                # Postgres took the step back whole; the session, and with it the lead, goes on.
                logger.info("A step met a deadlock and is tried again.")
                continue
            if not more:
                self._leader.wait(self._loop.idle_for())
