"""Which queued job goes where. Pure: no Django, no I/O; the same input gives the same output."""

from scheduling.placement.fleet import rooms
from scheduling.placement.lines import effective_priority
from scheduling.placement.model import (
    Balance,
    Broadcast,
    Capacity,
    FanOut,
    Link,
    LiveLease,
    Memory,
    Obstacle,
    PartPlacement,
    Placement,
    Plan,
    Policy,
    QueuedJob,
    Reason,
    Reservation,
    Shards,
    Subject,
)
from scheduling.placement.plan import plan

__all__ = [
    "Balance",
    "Broadcast",
    "Capacity",
    "FanOut",
    "Link",
    "LiveLease",
    "Memory",
    "Obstacle",
    "PartPlacement",
    "Placement",
    "Plan",
    "Policy",
    "QueuedJob",
    "Reason",
    "Reservation",
    "Shards",
    "Subject",
    "effective_priority",
    "plan",
    "rooms",
]
