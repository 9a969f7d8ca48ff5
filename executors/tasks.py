"""The Celery task that carries a lease to an executor."""

from __future__ import annotations

import logging

from celery import Task, shared_task
from django.conf import settings
from django.db import connection

from executors import leases
from executors.leases import Claim
from executors.worker.identity import current
from executors.worker.keeper import keeper
from executors.worker.run import Run
from executors.worker.store import patiently
from jobs.ids import is_uuid

logger = logging.getLogger("celeriac.worker")

RUN_LEASE = "celeriac.lease"


class LeaseTask(Task):
    """A Celery task whose request speaks for a child process that died."""

    Request = "executors.worker.requests:LeaseRequest"


@shared_task(base=LeaseTask, name=RUN_LEASE, bind=True, ignore_result=True, max_retries=0)
def run_lease(self: LeaseTask) -> None:
    """Works through the lease whose id is the Celery task's; anything else is dropped."""
    identity, lease_id = current(), str(self.request.id)
    if identity is None:
        logger.error("Dropped lease %s: this worker is no executor.", lease_id)
        return
    if not is_uuid(lease_id):
        logger.error("Dropped a message whose id %r is no lease's.", lease_id)
        return
    claim = patiently(lambda: _claim(lease_id, identity.incarnation))
    if claim is None:
        logger.info("Lease %s is gone: done, lost or claimed before.", lease_id)
        return
    run = Run(claim, settings.CELERIAC["RESULT_MAX_BYTES"])
    with keeper().watching(run):
        run.work()


def _claim(lease_id: str, incarnation: str) -> Claim | None:
    with connection.cursor() as cursor:
        return leases.claim(cursor, lease_id, incarnation)
