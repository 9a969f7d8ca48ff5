"""What queued jobs ask of the executors there are: which ones, how wide, in how many parts."""

from __future__ import annotations

from dataclasses import dataclass

from executors.states import ExecutionKind
from jobs.wishes import LoadBalanceStrategy, OnShortage, Placing
from scheduling.batching import BatchLimits, Durations, largest_batch, work_key
from scheduling.placement.fleet import Fleet, Pool
from scheduling.placement.model import Balance, Obstacle, QueuedJob, Reason


@dataclass(slots=True)
class Demand:
    """What jobs that are alike ask of the pool of executors that can run them.

    `chunks` is 1 for what runs whole; `together` means all slots on one executor. A job takes
    `seconds`, a lease of at most `batch` of them `lasts` no longer than that (None: unknown).
    Leases that are `short` may be handed out ahead. A `plain` job runs whole on one slot of the
    roomiest executor; the strategy in `balance` may choose another.
    """

    pool: Pool
    width: int = 1
    chunks: int = 1
    together: bool = True
    parts: bool = False
    seconds: float | None = None
    lasts: float | None = None
    batch: int = 1
    short: bool = False
    plain: bool = False
    balance: Balance | None = None


def alike(job: QueuedJob) -> tuple[object, ...]:
    """Jobs with the same value have the same demand and may share a lease."""
    if job.kind is not ExecutionKind.WHOLE:
        return job.type, job.requires, job.kind, job.balance, job.shunned
    if job.balance or job.shunned:
        return *_wishes(job), job.balance, job.shunned
    if job.thread_demand == 1 and not job.chunks:
        return job.type, job.requires, job.alone, job.timeout
    return _wishes(job)


def _wishes(job: QueuedJob) -> tuple[object, ...]:
    return (
        *(job.type, job.requires, job.alone, job.timeout, job.thread_demand),
        *(job.chunkable, job.chunks, job.placement, job.on_shortage),
    )


def assess(
    job: QueuedJob, fleet: Fleet, durations: Durations, limits: BatchLimits
) -> Demand | Reason:
    """What it takes to run the job, or why these executors never could."""
    pool, split = _pool(job, fleet)
    is_part = job.kind is not ExecutionKind.WHOLE
    if isinstance(pool, Obstacle):
        return Reason(pool, needed=1 if is_part else job.thread_demand)
    if is_part:
        seconds = durations.get(work_key(job.type, job.kind, 1))
        return Demand(pool, parts=True, seconds=seconds, lasts=seconds, balance=job.balance)
    if job.balance and job.balance.strategy is LoadBalanceStrategy.BROADCAST:
        return Demand(pool, balance=job.balance)
    together = not split or job.placement is Placing.PACK
    most = pool.most if together else pool.slots
    width = _width(job, most)
    if width is None:
        return Reason(Obstacle.TOO_WIDE, needed=job.thread_demand, free=most)
    chunks = max(width, job.chunks or 0) if split else 1
    seconds = durations.get(
        work_key(job.type, ExecutionKind.CHUNK, 1)
        if chunks > 1
        else work_key(job.type, ExecutionKind.WHOLE, width)
    )
    narrow = width == chunks == 1
    demand = Demand(pool, width, chunks, together, seconds=seconds)
    demand.balance = job.balance
    demand.plain = narrow and not demand.balance
    if narrow and not job.alone:
        demand.batch = largest_batch(seconds, limits)
        demand.short = seconds is not None and seconds < limits.seconds
    demand.lasts = None if seconds is None else seconds * demand.batch
    if job.timeout is not None:
        demand.lasts = min(demand.lasts or job.timeout, job.timeout)
    return demand


def _pool(job: QueuedJob, fleet: Fleet) -> tuple[Pool | Obstacle, bool]:
    """Who can run it, and whether it is split there: it is not where no Celery worker can."""
    if job.kind in (ExecutionKind.CHUNK, ExecutionKind.COMBINE):
        return fleet.pool(job.type, job.requires, in_parts=True), False
    if job.chunkable and (job.thread_demand > 1 or (job.chunks or 0) > 1):
        pool = fleet.pool(job.type, job.requires, in_parts=True)
        if isinstance(pool, Pool):
            return pool, True
    return fleet.pool(job.type, job.requires, shunned=job.shunned), False


def _width(job: QueuedJob, most: int) -> int | None:
    """Slots that it gets where it could have `most` at best; None if it wishes to wait."""
    if job.thread_demand <= most:
        return job.thread_demand
    match job.on_shortage:
        case OnShortage.SINGLE:
            return 1
        case OnShortage.DEGRADE:
            return max(most, 1)
        case OnShortage.WAIT:
            return None
