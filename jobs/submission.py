"""A job as it is handed to `lifecycle.submit`: everything about it is checked already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to be stored. `payload` is JSON text, `timeout` is in seconds."""

    type: str
    payload: str
    name: str
    priority: int = 5
    thread_demand: int = 1
    run_at: datetime | None = None
    max_attempts: int = 3
    timeout: float | None = None
    unique_key: str | None = None
    retry_of: str | None = None
    task_id: str | None = None
    scheduled_for: datetime | None = None
    submitted_by: str = ""

    @property
    def placement_class(self) -> str:
        """What placement looks at: jobs of one class fit the same places."""
        return f"{self.type}/{self.thread_demand}"


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of a NewJob; `created` is False where a live job has its unique key."""

    id: str
    created: bool
