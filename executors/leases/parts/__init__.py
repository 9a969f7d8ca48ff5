"""The life of the parts of a job that was split: its chunks, and the combining of their results.

The same verbs as for whole jobs, in files of the same names; a part is always alone in its lease.
"""

from executors.leases.parts.combining import (
    drop_leftovers,
    end_cancelled,
    queue_combine,
    stalled,
)
from executors.leases.parts.giving_back import GivenBack, give_back
from executors.leases.parts.handing_out import PlannedFanOut, assign, fan_out
from executors.leases.parts.working import Part, claim, record

__all__ = [
    "GivenBack",
    "Part",
    "PlannedFanOut",
    "assign",
    "claim",
    "drop_leftovers",
    "end_cancelled",
    "fan_out",
    "give_back",
    "queue_combine",
    "record",
    "stalled",
]
