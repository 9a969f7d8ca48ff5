"""Sends leases to executors: Celery messages that carry a lease's id and nothing that matters.

In a thread of its own, since a broker that is away must not hold up the dispatcher. A message
that could not be sent is dropped: recovery sends leases again that nobody claims.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

from celery import chord, current_app
from django.conf import settings
from django.db import connection
from kombu.exceptions import OperationalError

from executors.leases import PlannedLease
from executors.queues import CALLBACKS, GATEWAY, broker_priority, queue_name
from executors.states import ExecutionKind, Protocol
from executors.tasks import call_executor, chunks_done, run_lease, run_part

logger = logging.getLogger("celeriac.publisher")

Sending = Callable[[Any], None]
"""Sends messages with a kombu producer."""

CONNECT_TIMEOUT = 5
BACKLOG = 100
"""Batches of leases that may wait while the broker is away; more are left to recovery."""


class Publisher:
    """The thread, and the queue before it."""

    def __init__(self) -> None:
        self._queue: queue.Queue[tuple[Sending, int] | None] = queue.Queue(BACKLOG)
        self._thread = threading.Thread(target=self._work, name="publisher", daemon=True)
        self._thread.start()

    def publish(self, leases: Sequence[PlannedLease]) -> None:
        """Has the messages sent, chunks of a job as a chord; returns at once."""
        self._put(partial(_send_new, leases), len(leases))

    def publish_again(self, leases: Sequence[PlannedLease]) -> None:
        """The same for leases that were sent before: their chord, if any, has counted them."""
        self._put(partial(_send_each, leases), len(leases))

    def _put(self, sending: Sending, count: int) -> None:
        try:
            self._queue.put_nowait((sending, count))
        except queue.Full:
            logger.warning("The broker is away; %d leases will be sent later.", count)

    def stop(self) -> None:
        """Sends what waits, for a few seconds at most, and ends the thread."""
        try:
            self._queue.put(None, timeout=CONNECT_TIMEOUT)
            self._thread.join(CONNECT_TIMEOUT)
        except queue.Full:
            logger.warning("The broker is away; what waits is left to recovery.")

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            sending, count = item
            try:
                _with_producer(sending)
            except (OperationalError, OSError) as error:
                logger.warning("%d leases not sent, recovery will: %s", count, error)
            except Exception:
                logger.exception("%d leases not sent, recovery will.", count)
                # A chord's counter is a row.
                connection.close()


def _with_producer(sending: Sending) -> None:
    pool: Any = current_app.producer_pool
    with pool.acquire(block=True, timeout=CONNECT_TIMEOUT) as producer:
        sending(producer)


def _send_new(leases: Sequence[PlannedLease], producer: Any) -> None:
    chunks: dict[str, list[PlannedLease]] = defaultdict(list)
    others = []
    for lease in leases:
        if lease.kind == ExecutionKind.CHUNK:
            chunks[lease.job_ids[0]].append(lease)
        else:
            others.append(lease)
    _send_each(others, producer)
    for job_id, its_chunks in chunks.items():
        _send_chord(job_id, its_chunks, producer)


def _send_each(leases: Sequence[PlannedLease], producer: Any) -> None:
    with producer.batch() if len(leases) > 1 else nullcontext():
        for lease in leases:
            send_lease(producer, lease)


def _send_chord(job_id: str, leases: Sequence[PlannedLease], producer: Any) -> None:
    """The chunks of one job that start together; its body asks whether all are done."""
    header = [run_part.signature((), **_options(lease)) for lease in leases]
    body = chunks_done.si(job_id).set(queue=CALLBACKS)
    chord(header, body).apply_async(producer=producer, retry=False)


def send_lease(producer: Any, lease: PlannedLease) -> None:
    """Sends one message."""
    _task(lease).apply_async(producer=producer, retry=False, **_options(lease))


def _task(lease: PlannedLease) -> Any:
    if lease.protocol != Protocol.CELERY:
        return call_executor
    return run_lease if lease.kind == ExecutionKind.WHOLE else run_part


def _options(lease: PlannedLease) -> dict[str, Any]:
    """Celery's options; it ends the process of a job that outlives timeout and grace.

    A call to an HTTP executor is over in a moment, however long the job lasts.
    """
    options: dict[str, Any] = {
        "task_id": lease.id,
        "queue": queue_name(lease.executor) if lease.protocol == Protocol.CELERY else GATEWAY,
        "priority": broker_priority(lease.priority),
        "shadow": _title(lease),
    }
    if lease.timeout is not None and lease.protocol == Protocol.CELERY:
        options["soft_time_limit"] = lease.timeout
        options["time_limit"] = lease.timeout + settings.CELERIAC["CANCEL_GRACE"]
    return options


def _title(lease: PlannedLease) -> str:
    """What Flower calls the message."""
    if lease.kind == ExecutionKind.COMBINE:
        return f"{lease.job_type} combine"
    if lease.chunk is not None:
        return f"{lease.job_type} {lease.kind} {lease.chunk}"
    size = len(lease.job_ids)
    return lease.job_type if size == 1 else f"{lease.job_type} x{size}"
