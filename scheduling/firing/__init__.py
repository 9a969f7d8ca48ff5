"""Turns due ticks into jobs: read what is due, decide (pure), make the jobs, move the next runs.

All of it runs in the caller's transaction. Beat's is on the session of its lead, so that whoever
lost the lead can make nothing.
"""

from scheduling.firing.changes import follow_changes, follow_ends
from scheduling.firing.round import Round, fire_due, read_clock
from scheduling.firing.setting_aside import set_changed_aside, set_due_aside, set_ended_aside
from scheduling.firing.ticks import Made, Tick, make
from scheduling.firing.triggering import Locked, lock_task, trigger

__all__ = [
    "Locked",
    "Made",
    "Round",
    "Tick",
    "fire_due",
    "follow_changes",
    "follow_ends",
    "lock_task",
    "make",
    "read_clock",
    "set_changed_aside",
    "set_due_aside",
    "set_ended_aside",
    "trigger",
]
