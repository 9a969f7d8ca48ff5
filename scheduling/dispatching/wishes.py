"""How a job wishes its executor to be chosen, from its row. Pure: no Django, no I/O."""

from __future__ import annotations

from jobs import labels
from jobs.wishes import LoadBalanceStrategy
from scheduling.placement import Balance, QueuedJob


def balance(
    strategy: str, routing_key: str | None, task_id: str | None, job: QueuedJob
) -> Balance | None:
    """How a job's executor is chosen; None for the least loaded one.

    Choices are remembered for a task; else for a type, apart for other labels, which others have.
    Only consistent hashing looks at the key.
    """
    chosen = LoadBalanceStrategy(strategy)
    if chosen is LoadBalanceStrategy.LEAST_LOADED:
        return None
    if task_id:
        subject = f"task:{task_id}"
    elif job.requires:
        digest = labels.digest({**dict(job.requires), "": job.type})
        subject = f"type:{job.type[:80]}/{digest}"
    else:
        subject = f"type:{job.type}"
    hashes = chosen is LoadBalanceStrategy.CONSISTENT_HASH
    return Balance(chosen, subject, (routing_key or subject) if hashes else "")
