"""The thread of the leading dispatcher that follows the ends of jobs."""

from __future__ import annotations

import logging
from typing import Any

from jobs.wake import DONE, WORK
from scheduling.background import Background
from scheduling.beat.isolation import Batches
from scheduling.following.round import Followed, follow, free_stuck, set_aside
from scheduling.session import LOST, Session
from scheduling.timer import Timer

logger = logging.getLogger("celeriac.following")

ENDS = 500
"""Ends in one transaction."""
LOOK_EVERY = 0.5
"""Seconds between looks, which also keep the session alive."""
TOGETHER = 0.005
"""Seconds after a word of ended jobs in which others may end too, so that a look finds several."""
LOCKED_PAUSE = 0.02
"""Seconds before another look at what was locked."""
FREE_EVERY = 1.0
PAUSE = 0.5
"""Seconds before another try where the database is away."""


class Follower(Background):
    """Follows ends, on a session of its own, so that dispatching never waits for it.

    Two at once, of an old leader and of a new one, do no harm: each end is followed under the
    lock of its task.
    """

    name = "follower"

    def __init__(self) -> None:
        super().__init__()
        self._latest = Followed()
        self._freeing_due = Timer()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                session = Session("follower")
                try:
                    self._follow(session)
                finally:
                    session.close()
            except LOST as error:
                logger.warning("Following is put off: %s", str(error).strip())
                self._stopping.wait(PAUSE)

    def _follow(self, session: Session) -> None:
        batches = Batches(session, ENDS, self._take, set_aside)
        with session.cursor() as cursor:
            cursor.execute(f"LISTEN {DONE}")
        while not self._stopping.is_set():
            self._latest = Followed()
            more = batches.run()
            queued = self._latest.queued | self._free(session)
            if queued:
                # After the commit: in the transaction, a NOTIFY would hold up other commits.
                with session.cursor() as cursor:
                    cursor.execute(f"NOTIFY {WORK}")
            if not more:
                self._rest(session)

    def _take(self, cursor: Any, limit: int) -> int:
        self._latest = follow(cursor, limit)
        return self._latest.done

    def _free(self, session: Session) -> bool:
        if not self._freeing_due.passed():
            return False
        self._freeing_due.after(FREE_EVERY)
        with session.transaction() as cursor:
            return free_stuck(cursor)

    def _rest(self, session: Session) -> None:
        if self._latest.left:
            self._stopping.wait(LOCKED_PAUSE)
        elif not self._latest.done:
            session.wait(LOOK_EVERY)
            self._stopping.wait(TOGETHER)
