"""How an executor is removed for good."""

from __future__ import annotations

from django.db import connection

from executors import leases
from executors.errors import ExecutorInUse, ExecutorNotFound
from executors.leases.live import live_of
from executors.models import Executor
from executors.states import LIVE, ExecutorStatus, Protocol
from jobs.sql import retry_on_deadlock
from jobs.wake import wake_dispatcher


def withdraw(executor_id: str) -> None:
    """Removes an executor with its checks and links; what it has is lost, what it had stays.

    Leases and executions keep an id that leads nowhere. Of Celery workers, only one that is
    offline can be removed. Raises `ExecutorNotFound`, `ExecutorInUse`.
    """
    retry_on_deadlock(lambda: remove(executor_id))
    wake_dispatcher()


def remove(executor_id: str) -> None:
    """As `withdraw`, in the caller's transaction."""
    executor = Executor.objects.select_for_update().filter(pk=executor_id).first()
    if executor is None:
        raise ExecutorNotFound(name=executor_id)
    is_worker = executor.protocol == Protocol.CELERY
    if is_worker and executor.status != ExecutorStatus.OFFLINE:
        raise ExecutorInUse(name=executor.name, status=executor.status)
    with connection.cursor() as cursor:
        remaining = live_of(cursor, executor_id, *LIVE)
        leases.lose(cursor, remaining, "Its executor was removed.")
    # A lease that the dispatcher makes behind our back is lost by recovery.
    executor.delete()
