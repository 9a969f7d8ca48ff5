"""A job as it is handed to `lifecycle.submit`: everything about it is checked already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from jobs import labels
from jobs.wishes import PREFERRING, LoadBalanceStrategy, OnShortage, Placing


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to be stored. `payload` is JSON text, `timeout` is in seconds.

    `chunks` is how many it asks for, beside its `thread_demand`; `requires` are the labels that
    an executor must have, `retry` is the retry policy as JSON text, None as usual. Without
    `load_balance_strategy` it goes to the least loaded executor. `external` is JSON text of what
    HTTP executors are told of its task.
    """

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
    chunks: int | None = None
    placement: Placing = Placing.SPREAD
    on_shortage: OnShortage = OnShortage.SINGLE
    requires: Mapping[str, str] = field(default_factory=dict)
    retry: str | None = None
    load_balance_strategy: LoadBalanceStrategy | None = None
    routing_key: str | None = None
    external: str | None = None

    @property
    def placement_class(self) -> str:
        """What placement looks at: jobs of one class fit the same places.

        `echo/1`, or with wishes `echo/8/pack/wait/0f3a…`; the type comes before the first slash.
        Those that may wait for an executor of their own stand apart, so that they hide no others.
        """
        own = f"{self.type}/{self.thread_demand}"
        if self.thread_demand > 1 or (self.chunks or 1) > 1:
            if self.placement != Placing.SPREAD:
                own += f"/{self.placement}"
            if self.on_shortage != OnShortage.SINGLE:
                own += f"/{self.on_shortage}"
        wishes = {**self.requires, **self._preference}
        return f"{own}/{labels.digest(wishes)}" if wishes else own

    @property
    def _preference(self) -> dict[str, str]:
        """What tells jobs apart that may prefer other executors; no label has such a name."""
        if self.load_balance_strategy not in PREFERRING:
            return {}
        key = labels.digest({"": self.routing_key})[0] if self.routing_key else ""
        return {"": f"{self.load_balance_strategy} {self.task_id} {key}"}


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of a NewJob; `created` is False where a live job has its unique key."""

    id: str
    created: bool
