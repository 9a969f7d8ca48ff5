"""What the leading beat does, round by round."""

from __future__ import annotations

import logging
from typing import Any

from jobs.states import JobState
from jobs.wake import WORK
from scheduling import firing
from scheduling.beat import outbox, own
from scheduling.beat.isolation import GONE, Batches
from scheduling.beat.outbox import Message
from scheduling.beat.sender import Sender
from scheduling.defining import backfilling
from scheduling.leader import Leader
from scheduling.timer import Timer

logger = logging.getLogger("celeriac.beat")

CHANGED = "celeriac_schedules"
"""What the triggers in Postgres notify of."""
TICKS = 2000
"""Ticks in one transaction: so few that those which follow don't wait long."""
CHANGES = 500
"""Edited schedules in one transaction; what is due goes before the next ones."""
LOOK_EVERY = 0.5
"""Seconds between looks, which also keep the session alive."""
LOCKED_PAUSE = 0.02
"""Seconds before another look at what is due but locked by an edit."""
TEND_EVERY = 1.0
RESEND_AFTER = 3.0
"""Seconds after which a message that is not known to be sent is sent again."""


class Rounds:
    """Fires what is due, and follows edits, on the session of the lead."""

    def __init__(self, leader: Leader, sender: Sender) -> None:
        self._leader = leader
        self._sender = sender
        self._messages: list[Message] = []
        self._made_work = False
        self._more = False
        self._looking_due = Timer()
        self._tending_due = Timer()
        self._due = Batches(leader, TICKS, self._fire, firing.set_due_aside)
        self._changed = Batches(leader, CHANGES, self._follow_changes, firing.set_changed_aside)
        self._ended = Batches(leader, CHANGES, self._follow_ends, firing.set_ended_aside)
        with leader.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANGED}")

    def run(self) -> None:
        """One round: what is due first, then what was edited, then what waited for jobs."""
        if self._tending_due.passed():
            self._tend()
        self._more = self._due.run()
        self._announce()
        self._more |= self._changed.run()
        if self._looking_due.passed():
            found = self._ended.run() | self._feed()
            self._announce()
            self._more |= found
            self._looking_due.after(0.0 if found else LOOK_EVERY)

    def rest(self) -> None:
        """Waits for the next tick, for an edit, or for the next look."""
        if not self._more:
            self._leader.wait(self._until_due())

    def _fire(self, cursor: Any, limit: int) -> int:
        done = firing.fire_due(cursor, limit)
        self._messages = own.fire(cursor, done.own, done.now) if done.now else []
        self._made_work = any(job.status == JobState.QUEUED for job in done.made)
        return done.found

    def _follow_changes(self, cursor: Any, limit: int) -> int:
        changes = firing.follow_changes(cursor, limit)
        own.settle(cursor, changes.own)
        return changes.found

    def _follow_ends(self, cursor: Any, limit: int) -> int:
        return firing.follow_ends(cursor, limit).found

    def _feed(self) -> bool:
        """Makes jobs of backfills; whether there were any."""
        try:
            with self._leader.transaction() as cursor:
                made = backfilling.feed(cursor)
        except GONE:
            raise
        except Exception:  # whatever is wrong with a backfill, what is due goes on
            logger.exception("A backfill can't be fed.")
            return False
        self._made_work |= made > 0
        return made > 0

    def _announce(self) -> None:
        """After the commit: in the transaction, a NOTIFY would hold up other commits."""
        self._sender.put(self._messages)
        self._messages = []
        if self._made_work:
            with self._leader.cursor() as cursor:
                cursor.execute(f"NOTIFY {WORK}")
            self._made_work = False

    def _tend(self) -> None:
        """Shows that it is alive, and has sent what was not."""
        self._leader.beat()
        # Asked before the outbox is read: what is sent and removed meanwhile was read as unsent.
        taken = self._sender.taken()
        with self._leader.transaction() as cursor:
            outbox.thin_out(cursor)
            unsent = outbox.unsent(cursor, RESEND_AFTER, TICKS)
        self._sender.put(message for message in unsent if message.id not in taken)
        self._tending_due.after(TEND_EVERY)

    def _until_due(self) -> float:
        with self._leader.cursor() as cursor:
            cursor.execute(
                """
                SELECT date_part('epoch', min(at) - clock_timestamp())
                  FROM scheduling_nextrun WHERE at IS NOT NULL
                """
            )
            (seconds,) = cursor.fetchone()
        if seconds is None:
            return LOOK_EVERY
        return min(seconds if seconds > 0 else LOCKED_PAUSE, LOOK_EVERY)
