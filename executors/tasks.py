"""The Celery tasks that carry a lease to an executor, and the end of a chord back."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from celery import Task, shared_task
from django.conf import settings
from django.db import connection, transaction

from executors import leases
from executors.gateway import bootstep
from executors.leases.parts import Part
from executors.states import ExecutionKind
from executors.worker import attempt, chunk
from executors.worker.identity import current
from executors.worker.keeper import keeper
from executors.worker.run import Run
from executors.worker.store import patiently, write_outcomes, write_part
from executors.worker.threads import limited_to
from jobs import wake
from jobs.context import JobContext
from jobs.ids import is_uuid
from jobs.lifecycle import Started

logger = logging.getLogger("celeriac.worker")

RUN_LEASE = "celeriac.lease"
RUN_PART = "celeriac.part"
CHUNKS_DONE = "celeriac.chunks_done"
CALL = "celeriac.call"


class LeaseTask(Task):
    """A Celery task whose request speaks for a child process that died."""

    Request = "executors.worker.requests:LeaseRequest"


@shared_task(base=LeaseTask, name=RUN_LEASE, bind=True, ignore_result=True, max_retries=0)
def run_lease(self: LeaseTask) -> None:
    """Works through the lease whose id is the Celery task's; anything else is dropped."""
    _work(str(self.request.id), _claim_whole)


# A chord counts its headers by their results.
@shared_task(base=LeaseTask, name=RUN_PART, bind=True, ignore_result=False, max_retries=0)
def run_part(self: LeaseTask) -> None:
    """Runs the part of a job whose lease's id is the Celery task's; never raises for the part."""
    _work(str(self.request.id), _claim_part)


@shared_task(name=CALL, bind=True, ignore_result=True, max_retries=0)
def call_executor(self: Task) -> None:
    """Hands the lease whose id is the Celery task's over to its HTTP executor."""
    lease_id = str(self.request.id)
    if not is_uuid(lease_id):
        logger.error("Dropped a message whose id %r is no lease's.", lease_id)
        return
    if gateway := bootstep.current():
        gateway.hand_over(lease_id)
    else:
        from executors.gateway import alone

        alone.hand_over(lease_id)


@shared_task(name=CHUNKS_DONE, ignore_result=True)
def chunks_done(job_id: str) -> None:
    """The body of a chord: asks Postgres whether all chunks of the job are completed."""
    if not is_uuid(job_id):
        logger.error("Dropped a chord's end for %r, which is no job's id.", job_id)
        return
    if patiently(transaction.atomic(lambda: _queue_combine(job_id))):
        wake.wake_dispatcher()


def _queue_combine(job_id: str) -> bool:
    with connection.cursor() as cursor:
        return leases.parts.queue_combine(cursor, job_id)


def _work(lease_id: str, claim: Callable[[str, str], Run | None]) -> None:
    identity = current()
    if identity is None:
        logger.error("Dropped lease %s: this worker is no executor.", lease_id)
        return
    if not is_uuid(lease_id):
        logger.error("Dropped a message whose id %r is no lease's.", lease_id)
        return
    # Before the claim, as it sees to signals that must not come in between.
    mine = keeper()
    run = patiently(lambda: claim(lease_id, identity.incarnation))
    if run is None:
        logger.info("Lease %s is gone: done, lost or claimed before.", lease_id)
        return
    with mine.watching(run), limited_to(run.claim.slots):
        run.work()


def _claim_whole(lease_id: str, incarnation: str) -> Run | None:
    with connection.cursor() as cursor:
        claim = leases.claim(cursor, lease_id, incarnation)
    if claim is None:
        return None
    execute = partial(attempt.run, result_max_bytes=settings.CELERIAC["RESULT_MAX_BYTES"])
    return Run(claim, execute, write_outcomes)


def _claim_part(lease_id: str, incarnation: str) -> Run | None:
    with connection.cursor() as cursor:
        claimed = leases.parts.claim(cursor, lease_id, incarnation)
    if claimed is None:
        return None
    claim, part = claimed
    return Run(claim, partial(_run_part, part), write_part)


def _run_part(part: Part, job: Started, context: JobContext) -> attempt.Ending:
    limit = settings.CELERIAC["RESULT_MAX_BYTES"]
    if part.kind == ExecutionKind.COMBINE:
        return chunk.combine(job, part.results, context, result_max_bytes=limit)
    assert part.chunk is not None
    if part.kind == ExecutionKind.SHARD:
        context.shard_index, context.shard_total = part.chunk, part.chunk_count
        return attempt.run(job, context, result_max_bytes=limit)
    return chunk.run_chunk(job, part.chunk, part.chunk_count, context, result_max_bytes=limit)
