"""The life of leases and executions: the only code that writes their state.

Each verb is a guarded change of a list of rows, made in the caller's transaction: first the
jobs (`jobs.lifecycle`), then their executions, then the lease. Zero rows mean that someone
else won.
"""

from executors.leases import parts
from executors.leases.giving_back import (
    HandedBack,
    hand_back,
    lose,
    release,
    release_unstarted,
)
from executors.leases.handing_out import PlannedLease, assign, mark_published
from executors.leases.hearing import (
    forget_cancel_sent,
    heard_of,
    note_accepted,
    note_cancel_sent,
)
from executors.leases.working import Claim, Tally, claim, record

__all__ = [
    "Claim",
    "HandedBack",
    "PlannedLease",
    "Tally",
    "assign",
    "claim",
    "forget_cancel_sent",
    "hand_back",
    "heard_of",
    "lose",
    "mark_published",
    "note_accepted",
    "note_cancel_sent",
    "parts",
    "record",
    "release",
    "release_unstarted",
]
