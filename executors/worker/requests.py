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
        """The child died, or the Celery task raised, which `run_lease` never means to.

        A hard time limit comes here too, before `on_timeout`, whose matter it is.
        """
        error = getattr(exc_info.exception, "exc", exc_info.exception)
        if not isinstance(error, TimeLimitExceeded):
            lease_id, reason = self.id, f"Its process ended: {error}"
            membership.send(lambda cursor, _: aftermath.lost(cursor, lease_id, reason))
        return super().on_failure(exc_info, send_failed_event, return_ok)

    def on_timeout(self, soft: bool, timeout: float) -> Any:
        """The hard limit ended the child; a soft one is the child's own to handle."""
        if not soft:
            lease_id = self.id
            membership.send(lambda cursor, _: aftermath.timed_out(cursor, lease_id))
        return super().on_timeout(soft, timeout)
