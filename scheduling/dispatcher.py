"""The dispatcher: turns queued jobs into leases."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from psycopg2.errors import DeadlockDetected

from executors.leases import PlannedLease
from executors.processes.roles import ProcessRole
from jobs import lifecycle
from jobs.wake import WORK
from scheduling import balancing, placement, queue, recovery
from scheduling.batching import BatchLimits, Durations
from scheduling.following import Follower
from scheduling.handing_out import hand_out
from scheduling.historian import Historian
from scheduling.housekeeping import Housekeeper
from scheduling.leader import LOST, Leader
from scheduling.placement import Policy, Reservation
from scheduling.publisher import Publisher
from scheduling.recovery import RecoveryLimits
from scheduling.shunning import shun
from scheduling.timer import Timer
from scheduling.wanted import wanted as how_many_wanted

logger = logging.getLogger("celeriac.dispatcher")

RECOVER_EVERY = 1.0
LEARN_EVERY = 0.1
LEARN_FROM = 3600.0
"""Seconds of history that a new leader learns durations from."""


class Dispatcher:
    """Leads or stands by; while it leads, it dispatches."""

    def __init__(self) -> None:
        limits = settings.CELERIAC
        self.leader = Leader(ProcessRole.DISPATCHER)
        self._batches = BatchLimits(limits["LEASE_SECONDS"], limits["LEASE_MAX_JOBS"])
        self._policy = Policy(
            limits["AGING_INTERVAL"], limits["RESERVE_AFTER"], limits["PREFERENCE_WAIT"]
        )
        self._reserved: Mapping[str, Reservation] = {}
        self._poll_interval: float = limits["POLL_INTERVAL"]
        self._recovery = RecoveryLimits(
            limits["HEARTBEAT_LIMIT"],
            limits["HEARTBEAT_INTERVAL"],
            limits["REPUBLISH_AFTER"],
            limits["BROADCAST_WAIT"],
        )
        self._durations = Durations()
        self._learned_until = time.time() - LEARN_FROM
        self._recovery_due = Timer()
        self._promotion_due = Timer()
        self._learning_due = Timer()
        self._silence_counts = Timer()
        self._publisher = Publisher()
        self._housekeeper = Housekeeper()
        self._historian = Historian()
        self._follower = Follower()

    def run(self) -> None:
        """Until `stop`: wait for the lead, then dispatch while it lasts."""
        while self.leader.campaign():
            try:
                self._lead()
            except LOST as error:
                logger.warning("No longer the leader: %s", str(error).strip())
                self.leader.resign()
            finally:
                self._housekeeper.stop()
                self._historian.stop()
                self._follower.stop()
        self._publisher.stop()
        self.leader.leave()

    def stop(self) -> None:
        """Ends `run` after the round at hand."""
        self.leader.stopping.set()

    def _lead(self) -> None:
        with self.leader.cursor() as cursor:
            cursor.execute(f"LISTEN {WORK}")
        # The database may just be back: executors get the time to be heard again.
        self._silence_counts.after(self._recovery.heartbeat_limit)
        self._housekeeper.start()
        self._historian.start()
        self._follower.start()
        while not self.leader.stopping.is_set():
            try:
                more = self._dispatch()
            except DeadlockDetected:
                # Postgres took the step back whole; the session, and with it the lead, goes on.
                logger.info("A step met a deadlock and is tried again.")
                continue
            if not more:
                self.leader.wait(min(self._poll_interval, self._promotion_due.left()))

    def _dispatch(self) -> bool:
        """One turn of the loop; whether to go on at once."""
        if self._recovery_due.passed():
            self._recover()
        if self._promotion_due.passed():
            self._promote()
        made, more = self._round()
        if made:
            self._publisher.publish(made)
        return more

    def _recover(self) -> None:
        """Puts right what got stuck, and sends again what nobody claimed."""
        self.leader.beat()
        with self.leader.transaction() as cursor:
            again = recovery.recover(
                cursor, self._recovery, judge_silence=self._silence_counts.passed()
            )
        if again:
            logger.info("Sent %d unclaimed leases again.", len(again))
            self._publisher.publish_again(again)
        self._recovery_due.after(RECOVER_EVERY)

    def _promote(self) -> None:
        """Queues what is due, and looks again when the next is, or after a while for new ones."""
        with self.leader.cursor() as cursor:
            _, next_due = lifecycle.promote(cursor)
        wait = self._poll_interval if next_due is None else min(next_due, self._poll_interval)
        self._promotion_due.after(wait)

    def _round(self) -> tuple[list[PlannedLease], bool]:
        """See who has room, read candidates, plan, make the leases; and whether to go on."""
        with self.leader.cursor() as cursor:
            self._learn(cursor)
            capacity, parts_wait = queue.read_capacity(cursor, self._recovery.heartbeat_limit)
            wanted = how_many_wanted(capacity, self._durations, self._batches)
            queued = queue.read_candidates(cursor, wanted)
            parts = queue.read_parts(cursor) if parts_wait else []
            candidates = [*queued, *parts]
            shun(cursor, candidates, capacity)
            balancing.add_links(cursor, capacity, balancing.tasks_of(candidates))
            memory = balancing.recall(cursor, candidates)
        planned = placement.plan(
            candidates,
            capacity,
            self._durations,
            self._batches,
            self._policy,
            self._reserved,
            memory,
        )
        # A type without any room was not read: its wide jobs keep what they hold.
        unread = {id_: its for id_, its in self._reserved.items() if its.job_type not in wanted}
        self._reserved = {**unread, **planned.reservations}
        made = hand_out(self.leader, planned)
        if planned.broadcasts or (planned.unfinished and made):
            return made, True
        found = Counter(job.type for job in queued)
        return made, bool(made) and any(found[name] >= limit for name, limit in wanted.items())

    def _learn(self, cursor: Any) -> None:
        if self._learning_due.passed():
            news, self._learned_until = queue.read_closed_leases(cursor, self._learned_until)
            self._durations.learn(news)
            self._learning_due.after(LEARN_EVERY)
