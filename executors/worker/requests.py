"""Celery's request of a lease: speaks in the parent for a child process that died or was ended."""

from __future__ import annotations

from typing import Any

from billiard.exceptions import TimeLimitExceeded
from celery.worker.request import Request

from executors.worker import aftermath, membership


class LeaseRequest(Request):
    """Writes off a lease whose process is gone, so that its slot is free at once."""

    def on_failure(
        self, exc_info: Any, send_failed_event: bool = True, return_ok: bool = False
    ) -> Any:
        """The child died or was ended, or the Celery task raised, which `run_lease` never means to.

        What is to be written is sent before Celery forgets the request: see `Presence`.
        """
        error = getattr(exc_info.exception, "exc", exc_info.exception)
        lease_id, reason = self.id, f"Its process ended: {error}"
        if isinstance(error, TimeLimitExceeded):
            membership.send(lambda cursor, _: aftermath.timed_out(cursor, lease_id))
        else:
            membership.send(lambda cursor, _: aftermath.lost(cursor, lease_id, reason))
        return super().on_failure(exc_info, send_failed_event, return_ok)
