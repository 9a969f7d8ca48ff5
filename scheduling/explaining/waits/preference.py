"""Jobs that wait for the executor which their load-balance strategy prefers. Pure."""

from __future__ import annotations

from jobs.readable import duration
from jobs.wishes import LoadBalanceStrategy
from scheduling.explaining.answer import Blocker, BlockerKind
from scheduling.explaining.scene import Scene
from scheduling.placement import QueuedJob, Reason

_WHY = {
    LoadBalanceStrategy.STICKY: "had the last job",
    LoadBalanceStrategy.CONSISTENT_HASH: "takes all jobs with its key",
    LoadBalanceStrategy.FAILOVER: "comes first by priority",
}


def strategy(job: QueuedJob) -> LoadBalanceStrategy:
    """What chooses its executor."""
    return job.balance.strategy if job.balance else LoadBalanceStrategy.LEAST_LOADED


def wait(scene: Scene, job: QueuedJob) -> float:
    """Seconds that it goes on waiting for the executor that is preferred."""
    return max(scene.rules.policy.patience - job.age, 0.0)


def of_reason(scene: Scene, reason: Reason) -> Blocker:
    """Whom it waits for, why and for how long."""
    job = scene.job.queued
    chosen, left = strategy(job), wait(scene, job)
    text = (
        f"It waits up to {duration(left)} for executor {reason.awaited}, which {_WHY[chosen]} "
        f"and is busy; its load-balance strategy is {chosen}."
    )
    return Blocker(
        kind=BlockerKind.PREFERENCE,
        text=text,
        until=scene.after(left),
        executors=[reason.awaited or ""],
    )
