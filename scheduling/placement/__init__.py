"""Which queued job goes where. Pure: no Django, no I/O; the same input gives the same output."""

from scheduling.placement.fleet import rooms
from scheduling.placement.lines import effective_priority
from scheduling.placement.model import (
    Capacity,
    FanOut,
    LiveLease,
    Obstacle,
    PartPlacement,
    Placement,
    Plan,
    Policy,
    QueuedJob,
    Reason,
    Reservation,
)
from scheduling.placement.plan import plan

__all__ = [
    "Capacity",
    "FanOut",
    "LiveLease",
    "Obstacle",
    "PartPlacement",
    "Placement",
    "Plan",
    "Policy",
    "QueuedJob",
    "Reason",
    "Reservation",
    "effective_priority",
    "plan",
    "rooms",
]
