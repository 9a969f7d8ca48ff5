"""The life of the parts of a job: its chunks, the combining of their results, or its shards.

The same verbs as for whole jobs, in files of the same names; a part is always alone in its lease.
"""

from executors.leases.parts.broadcasting import (
    PlannedBroadcast,
    broadcast,
    end_broadcast,
    fail_forsaken,
)
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
    "PlannedBroadcast",
    "PlannedFanOut",
    "assign",
    "broadcast",
    "claim",
    "drop_leftovers",
    "end_broadcast",
    "end_cancelled",
    "fail_forsaken",
    "fan_out",
    "give_back",
    "queue_combine",
    "record",
    "stalled",
]
