"""The one function that decides which queued job goes where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from scheduling.batching import BatchLimits, Durations
from scheduling.placement.balancing import Balancer
from scheduling.placement.demand import Demand, assess
from scheduling.placement.fleet import Fleet
from scheduling.placement.lines import levels
from scheduling.placement.making import Making
from scheduling.placement.model import (
    Capacity,
    Memory,
    Plan,
    Policy,
    QueuedJob,
    Reason,
    Reservation,
)
from scheduling.placement.reservations import Book

NOTHING = Memory()


def plan(
    queued: Iterable[QueuedJob],
    capacity: Sequence[Capacity],
    durations: Durations,
    limits: BatchLimits,
    policy: Policy,
    reserved: Mapping[str, Reservation] = MappingProxyType({}),
    memory: Memory = NOTHING,
) -> Plan:
    """Places jobs by effective priority, then age; `reserved` is what the last plan reserved.

    `memory` is that of the strategies which the jobs name, as far as they have one.
    The same input gives the same output, and nothing of the input is changed.
    """
    fleet = Fleet(capacity, durations, limits)
    book = Book(fleet, durations, reserved)
    balancer = Balancer(memory, policy.patience)
    making = Making(fleet, book, balancer, policy, limits)

    def its_demand(job: QueuedJob) -> Demand | Reason:
        return assess(job, fleet, durations, limits)

    for level in levels(queued, policy.aging_interval, its_demand, reserved):
        making.serve(level)
    making.plan.reservations = book.made
    making.plan.remembered = balancer.moved
    making.plan.unfinished = balancer.exhausted
    fleet.forget()
    return making.plan
