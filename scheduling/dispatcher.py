"""The dispatcher: turns queued jobs into leases."""

from __future__ import annotations

import logging
import time
from collections import Counter
from typing import Any

from django.conf import settings

from executors import leases
from executors.leases import PlannedLease
from jobs import lifecycle
from jobs.ids import uuid7
from jobs.wake import WORK
from scheduling import placement, queue, recovery
from scheduling.batching import BatchLimits, Durations, largest_batch
from scheduling.housekeeping import Housekeeper
from scheduling.leader import LOST, Leader
from scheduling.placement import Capacity, Placement
from scheduling.publisher import Publisher
from scheduling.recovery import RecoveryLimits
from scheduling.timer import Timer

logger = logging.getLogger("celeriac.dispatcher")

RECOVER_EVERY = 1.0
LEARN_EVERY = 0.1
LEARN_FROM = 3600.0
"""Seconds of history that a new leader learns durations from."""


class Dispatcher:
    """Leads or stands by; while it leads, it dispatches."""

    def __init__(self) -> None:
        limits = settings.CELERIAC
        self.leader = Leader("dispatcher")
        self._batches = BatchLimits(limits["LEASE_SECONDS"], limits["LEASE_MAX_JOBS"])
        self._aging_interval: float = limits["AGING_INTERVAL"]
        self._poll_interval: float = limits["POLL_INTERVAL"]
        self._recovery = RecoveryLimits(
            limits["HEARTBEAT_LIMIT"], limits["HEARTBEAT_INTERVAL"], limits["REPUBLISH_AFTER"]
        )
        self._durations = Durations()
        self._learned_until = time.time() - LEARN_FROM
        self._recovery_due = Timer()
        self._promotion_due = Timer()
        self._learning_due = Timer()
        self._silence_counts = Timer()
        self._publisher = Publisher()
        self._housekeeper = Housekeeper()

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
        while not self.leader.stopping.is_set():
            if self._recovery_due.passed():
                self._recover()
            if self._promotion_due.passed():
                self._promote()
            made, more = self._round()
            if made:
                self._publisher.publish(made)
            if not more:
                self.leader.wait(min(self._poll_interval, self._promotion_due.left()))

    def _recover(self) -> None:
        """Puts right what got stuck, and sends again what nobody claimed."""
        self.leader.beat()
        with self.leader.transaction() as cursor:
            again = recovery.recover(
                cursor, self._recovery, judge_silence=self._silence_counts.passed()
            )
        if again:
            logger.info("Sent %d unclaimed leases again.", len(again))
            self._publisher.publish(again)
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
            capacity = self._capacity(cursor)
            wanted = self._wanted(capacity)
            queued = queue.read_candidates(cursor, wanted)
            planned = placement.plan(
                queued, capacity, self._durations, self._batches, self._aging_interval
            )
            made = leases.assign(cursor, [_lease(its) for its in planned]) if planned else []
        found = Counter(job.type for job in queued)
        return made, bool(made) and any(found[name] >= limit for name, limit in wanted.items())

    def _capacity(self, cursor: Any) -> list[Capacity]:
        if self._learning_due.passed():
            news, self._learned_until = queue.read_closed_leases(cursor, self._learned_until)
            self._durations.learn(news)
            self._learning_due.after(LEARN_EVERY)
        return queue.read_capacity(
            cursor, self._is_short, silence=self._recovery.heartbeat_limit / 2
        )

    def _wanted(self, capacity: list[Capacity]) -> dict[str, int]:
        """How many candidates to read of each type: what the executors that have it can take."""
        rooms: Counter[str] = Counter()
        for executor in capacity:
            for job_type in executor.types:
                rooms[job_type] += executor.rooms(short=self._is_short(job_type))
        return {
            job_type: room * largest_batch(self._durations.get(job_type), self._batches)
            for job_type, room in rooms.items()
            if room
        }

    def _is_short(self, job_type: str) -> bool:
        return self._durations.is_short(job_type, self._batches)


def _lease(its: Placement) -> PlannedLease:
    first = its.jobs[0]
    return PlannedLease(
        id=uuid7(),
        executor_id=its.executor.executor_id,
        executor=its.executor.executor,
        job_type=first.type,
        job_ids=[job.id for job in its.jobs],
        slots=its.slots,
        priority=max(job.priority for job in its.jobs),
        timeout=first.timeout,
    )
