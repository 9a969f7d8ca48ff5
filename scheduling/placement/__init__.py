"""Which queued job goes where. Pure: no Django, no I/O; the same input gives the same output."""

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
]
