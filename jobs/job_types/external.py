"""The job type `external`: work whose name and meaning only an HTTP executor knows."""

from __future__ import annotations

from typing import Any

from jobs.context import JobContext
from jobs.errors import DoNotRetry
from jobs.types import job_type

EXTERNAL = "external"


@job_type(EXTERNAL, remote=True)
def external(_context: JobContext, _payload: Any) -> Any:
    """Any JSON, for the HTTP executors of a group, which answer with any JSON."""
    reason = "A job of the type 'external' runs on HTTP executors only."
    raise DoNotRetry(reason, code="not_remote")
