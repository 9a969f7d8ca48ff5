"""What the leading dispatcher does again and again, in five steps."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from django.conf import settings

from executors.leases import PlannedLease
from jobs import lifecycle
from scheduling import placement
from scheduling.batching import BatchLimits
from scheduling.dispatching import recovery
from scheduling.dispatching.handing_out import hand_out
from scheduling.dispatching.learning import Learner
from scheduling.dispatching.publisher import Publisher
from scheduling.dispatching.recovery import RecoveryLimits
from scheduling.dispatching.situation import Situation, read_situation
from scheduling.leader import Leader
from scheduling.placement import Plan, Policy, Reservation
from scheduling.timer import Timer

logger = logging.getLogger("celeriac.dispatcher")

RECOVER_EVERY = 1.0


class Loop:
    """Recover, promote, see, plan, hand out. All is written on the leader's session."""

    def __init__(self, leader: Leader) -> None:
        limits = settings.CELERIAC
        self.leader = leader
        self.learner = Learner()
        self._batches = BatchLimits(limits["LEASE_SECONDS"], limits["LEASE_MAX_JOBS"])
        self.policy = Policy(
            limits["AGING_INTERVAL"], limits["RESERVE_AFTER"], limits["PREFERENCE_WAIT"]
        )
        self._poll_interval: float = limits["POLL_INTERVAL"]
        self._recovery = RecoveryLimits(
            limits["HEARTBEAT_LIMIT"],
            limits["HEARTBEAT_INTERVAL"],
            limits["REPUBLISH_AFTER"],
            limits["BROADCAST_WAIT"],
        )
        self.reserved: Mapping[str, Reservation] = {}
        self._recovery_due = Timer()
        self._promotion_due = Timer()
        self._silence_counts = Timer()
        self._publisher = Publisher()

    def begin(self) -> None:
        """The database may just be back: executors get the time to be heard again."""
        self._silence_counts.after(self._recovery.heartbeat_limit)

    def turn(self) -> bool:
        """All five steps; whether to go on at once."""
        self.recover()
        self.promote()
        seen = self.see()
        planned = self.plan(seen)
        made = self.hand_out(planned)
        return is_more_to_do(seen, planned, made)

    def idle_for(self) -> float:
        """Seconds until the next turn has something to do, unless somebody gives notice."""
        return min(self._poll_interval, self._promotion_due.left())

    def end(self) -> None:
        """Sends what is made and not yet sent."""
        self._publisher.stop()

    def recover(self) -> None:
        """Once a second, puts right what got stuck, and sends again what nobody claimed."""
        if not self._recovery_due.passed():
            return
        self.leader.beat()
        with self.leader.transaction() as cursor:
            again = recovery.recover(
                cursor, self._recovery, judge_silence=self._silence_counts.passed()
            )
        if again:
            logger.info("Sent %d unclaimed leases again.", len(again))
            self._publisher.publish_again(again)
        self._recovery_due.after(RECOVER_EVERY)

    def promote(self) -> None:
        """Queues what is due, and looks again when the next is, or after a while for new ones."""
        if not self._promotion_due.passed():
            return
        with self.leader.cursor() as cursor:
            _, next_due = lifecycle.promote(cursor)
        wait = self._poll_interval if next_due is None else min(next_due, self._poll_interval)
        self._promotion_due.after(wait)

    def see(self) -> Situation:
        """Who has room and who waits."""
        with self.leader.cursor() as cursor:
            self.learner.learn(cursor)
            return read_situation(
                cursor, self.learner.durations, self._batches, self._recovery.heartbeat_limit
            )

    def plan(self, seen: Situation) -> Plan:
        """Who goes where; and what is kept for wide jobs, until the next plan."""
        planned = placement.plan(
            [*seen.queued, *seen.parts],
            seen.capacity,
            self.learner.durations,
            self._batches,
            self.policy,
            self.reserved,
            seen.memory,
        )
        # A type without any room was not read: its wide jobs keep what they hold.
        unread = {id_: its for id_, its in self.reserved.items() if its.job_type not in seen.wanted}
        self.reserved = {**unread, **planned.reservations}
        return planned

    def hand_out(self, planned: Plan) -> list[PlannedLease]:
        """Makes the leases and has them sent; those made."""
        made = hand_out(self.leader, planned)
        if made:
            self._publisher.publish(made)
        return made


def is_more_to_do(seen: Situation, planned: Plan, made: list[PlannedLease]) -> bool:
    """Whether another turn would find work at once."""
    if planned.broadcasts or (planned.unfinished and made):
        return True
    return bool(made) and seen.may_be_more
