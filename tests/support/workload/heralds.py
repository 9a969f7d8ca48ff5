"""A job to be broadcast: on each executor it says which shard it was."""

from __future__ import annotations

from jobs.context import JobContext
from jobs.types import Payload, job_type
from tests.support.workload.latches import Latch, wait


class Errand(Payload):
    """The shard with the number of a latch waits there; shard 0 fails in its first attempts."""

    latches: list[Latch | None] = []
    fails: int = 0


class Report(Payload):
    index: int
    total: int
    attempt: int


@job_type("herald", load_balance_strategy="broadcast")
def herald(context: JobContext, payload: Errand) -> Report:
    """Reports its shard's number, of how many, and at which attempt."""
    if context.shard_index == 0 and context.attempt <= payload.fails:
        raise RuntimeError(f"attempt {context.attempt} fails")
    latches = dict(enumerate(payload.latches))
    if latch := latches.get(context.shard_index):
        wait(context, latch)
    return Report(index=context.shard_index, total=context.shard_total, attempt=context.attempt)
