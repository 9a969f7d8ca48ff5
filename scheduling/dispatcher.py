"""The dispatcher: turns queued jobs into leases."""

from __future__ import annotations

import logging
import time
from typing import Any

from django.conf import settings

from executors import leases
from executors.leases import PlannedLease
from jobs import lifecycle
from jobs.ids import uuid7
from jobs.wake import WORK
from scheduling import placement, queue, recovery
from scheduling.batching import BatchLimits, Durations
from scheduling.leader import LOST, Leader
from scheduling.placement import Capacity, Placement
from scheduling.publisher import Publisher
from scheduling.recovery import RecoveryLimits

logger = logging.getLogger("celeriac.dispatcher")

RECOVER_EVERY = 1.0
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
        self._publisher = Publisher()

    def run(self) -> None:
        """Until `stop`: wait for the lead, then dispatch while it lasts."""
        while (connection := self.leader.campaign()) is not None:
            try:
                self._lead(connection)
            except LOST as error:
                logger.warning("No longer the leader: %s", str(error).strip())
                self.leader.resign()
        self._publisher.stop()
        self.leader.leave()

    def stop(self) -> None:
        """Ends `run` after the round at hand."""
        self.leader.stopping.set()

    def _lead(self, connection: Any) -> None:
        with connection, connection.cursor() as cursor:
            cursor.execute(f"LISTEN {WORK}")
        next_recovery = 0.0
        while not self.leader.stopping.is_set():
            if time.monotonic() >= next_recovery:
                self._recover(connection)
                next_recovery = time.monotonic() + RECOVER_EVERY
            made = self._round(connection)
            self._publisher.publish(made) if made else self.leader.wait(self._poll_interval)

    def _recover(self, connection: Any) -> None:
        self.leader.beat()
        with connection, connection.cursor() as cursor:
            again = recovery.recover(cursor, self._recovery)
        if again:
            logger.info("Sent %d unclaimed leases again.", len(again))
            self._publisher.publish(again)

    def _round(self, connection: Any) -> list[PlannedLease]:
        """One transaction: queue what is due, see who has room, plan, and make the leases."""
        with connection, connection.cursor() as cursor:
            lifecycle.promote(cursor)
            capacity = self._capacity(cursor)
            queued = queue.read_candidates(cursor, self._wanted(cursor, capacity))
            planned = placement.plan(
                queued, capacity, self._durations, self._batches, self._aging_interval
            )
            return leases.assign(cursor, [_lease(its) for its in planned]) if planned else []

    def _capacity(self, cursor: Any) -> list[Capacity]:
        news, self._learned_until = queue.read_closed_leases(cursor, self._learned_until)
        self._durations.learn(news)
        return queue.read_capacity(
            cursor, lambda job_type: self._durations.is_short(job_type, self._batches)
        )

    def _wanted(self, cursor: Any, capacity: list[Capacity]) -> dict[str, int]:
        """How many candidates to read of each class: what the executors that have it can take."""
        wanted: dict[str, int] = {}
        if not any(executor.rooms(short=True) for executor in capacity):
            return wanted
        for name in queue.read_classes(cursor):
            job_type = queue.class_type(name)
            short = self._durations.is_short(job_type, self._batches)
            rooms = sum(c.rooms(short=short) for c in capacity if job_type in c.types)
            if rooms:
                wanted[name] = rooms * self._largest_batch(job_type)
        return wanted

    def _largest_batch(self, job_type: str) -> int:
        duration = self._durations.get(job_type)
        if duration is None:
            return 1
        return max(1, min(self._batches.jobs, int(self._batches.seconds / max(duration, 1e-9))))


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
