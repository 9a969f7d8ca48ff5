"""Sends leases to executors: Celery messages that carry a lease's id and nothing that matters.

In a thread of its own, since a broker that is away must not hold up the dispatcher. A message
that could not be sent is dropped: recovery sends leases again that nobody claims.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Sequence
from typing import Any

from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError

from executors.leases import PlannedLease
from executors.queues import broker_priority, queue_name
from executors.tasks import run_lease

logger = logging.getLogger("celeriac.publisher")

CONNECT_TIMEOUT = 5
BACKLOG = 100
"""Batches of leases that may wait while the broker is away; more are left to recovery."""


class Publisher:
    """The thread, and the queue before it."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Sequence[PlannedLease] | None] = queue.Queue(BACKLOG)
        self._thread = threading.Thread(target=self._work, name="publisher", daemon=True)
        self._thread.start()

    def publish(self, leases: Sequence[PlannedLease]) -> None:
        """Has the messages sent; returns at once."""
        try:
            self._queue.put_nowait(leases)
        except queue.Full:
            logger.warning("The broker is away; %d leases will be sent later.", len(leases))

    def stop(self) -> None:
        """Sends what waits, for a few seconds at most, and ends the thread."""
        try:
            self._queue.put(None, timeout=CONNECT_TIMEOUT)
            self._thread.join(CONNECT_TIMEOUT)
        except queue.Full:
            logger.warning("The broker is away; what waits is left to recovery.")

    def _work(self) -> None:
        while (leases := self._queue.get()) is not None:
            try:
                self._send(leases)
            except (OperationalError, OSError) as error:
                logger.warning("%d leases not sent, recovery will: %s", len(leases), error)
            except Exception:
                logger.exception("%d leases not sent, recovery will.", len(leases))

    def _send(self, leases: Sequence[PlannedLease]) -> None:
        pool: Any = current_app.producer_pool
        with pool.acquire(block=True, timeout=CONNECT_TIMEOUT) as producer:
            if len(leases) == 1:
                send_lease(producer, leases[0])
                return
            with producer.batch():
                for lease in leases:
                    send_lease(producer, lease)


def send_lease(producer: Any, lease: PlannedLease) -> None:
    """Sends one message; Celery ends the process of a job that outlives timeout and grace."""
    limits: dict[str, Any] = {}
    if lease.timeout is not None:
        limits["soft_time_limit"] = lease.timeout
        limits["time_limit"] = lease.timeout + settings.CELERIAC["CANCEL_GRACE"]
    size = len(lease.job_ids)
    run_lease.apply_async(
        task_id=lease.id,
        queue=queue_name(lease.executor),
        priority=broker_priority(lease.priority),
        shadow=lease.job_type if size == 1 else f"{lease.job_type} x{size}",
        producer=producer,
        retry=False,
        **limits,
    )
