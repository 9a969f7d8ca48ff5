"""What a handler is given beside its payload."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from jobs import jsontext
from jobs.errors import DeadlineExceeded, JobCancelled

logger = logging.getLogger("celeriac.job")


@dataclass(frozen=True, slots=True)
class Parent:
    """The job whose end triggered this one; `result` and `error` are parsed JSON."""

    id: str
    task_id: str | None
    status: str
    result: Any
    error: Any


@dataclass
class JobContext:
    """One attempt at a job, as its handler sees it.

    `deadline` is in seconds on `time.monotonic()`'s clock, None where the job has no timeout;
    `threads` is how many slots the job has been given. A broadcast job runs on `shard_total`
    executors at once, and this is the one of number `shard_index`, from 0.
    """

    job_id: str
    attempt: int
    threads: int = 1
    shard_index: int = 0
    shard_total: int = 1
    timeout: float | None = None
    deadline: float | None = None
    stop_reason: str | None = None
    latest_progress: tuple[float, str] | None = None
    is_stopped: Callable[[], bool] | None = None
    read_parent: Callable[[], Parent | None] | None = None
    _logger: logging.LoggerAdapter[logging.Logger] | None = field(default=None, repr=False)

    @property
    def logger(self) -> logging.LoggerAdapter[logging.Logger]:
        """A logger whose lines name the job."""
        if self._logger is None:
            extra = {"job_id": self.job_id, "attempt": self.attempt}
            self._logger = logging.LoggerAdapter(logger, extra)
        return self._logger

    @cached_property
    def parent(self) -> Parent | None:
        """The job whose end triggered this one, with its result.

        None if no job did, or if it was pruned. Read from the database when it is first asked for.
        """
        return self.read_parent() if self.read_parent else None

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked the job to stop, or its execution no longer counts."""
        return self.is_stopped is not None and self.is_stopped()

    def check(self) -> None:
        """Call it now and then in a long handler: raises `JobCancelled` or `DeadlineExceeded`."""
        if self.cancelled:
            raise JobCancelled
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise DeadlineExceeded(timeout=self.timeout)

    def progress(self, fraction: float, message: str = "") -> None:
        """Says how far the job is, `fraction` from 0 to 1; also a `check()`."""
        done = float(fraction)
        shown = 0.0 if math.isnan(done) else min(max(done, 0.0), 1.0)
        self.latest_progress = (shown, jsontext.storable(str(message)[:500]))
        self.check()
