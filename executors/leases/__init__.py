"""The life of leases and executions: the only code that writes their state.

Each verb is a guarded change of a list of rows, made in the caller's transaction: first the
jobs (`jobs.lifecycle`), then their executions, then the lease. Zero rows mean that someone
else won.
"""

from executors.leases import parts
from executors.leases.giving_back import lose, release, release_unstarted
from executors.leases.handing_out import PlannedLease, assign, mark_published
from executors.leases.hearing import heard_of
from executors.leases.working import Claim, Tally, claim, record

__all__ = [
    "Claim",
    "PlannedLease",
    "Tally",
    "assign",
    "claim",
    "heard_of",
    "lose",
    "mark_published",
    "parts",
    "record",
    "release",
    "release_unstarted",
]
