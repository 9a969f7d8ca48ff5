"""One execution, as the function that does it sees it."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any


class Cancelled(Exception):
    """Raised by `Run.check` when the execution is to stop."""


class Run:
    """What is to be done, and how to tell Celeriac how it goes.

    `timeout` is in seconds; `shard_index` and `shard_total` say which part of a broadcast this is.
    """

    def __init__(
        self, call: Mapping[str, Any], report: Callable[[Run, dict[str, Any]], None]
    ) -> None:
        self.execution_id: str = call["execution_id"]
        self.token: str = call["token"]
        self.callback_url: str = call["callback_url"]
        self.job_id: str = call["job_id"]
        self.task_name: str = call["task_name"]
        self.payload: Any = call.get("payload")
        self.attempt: int = call.get("attempt", 1)
        self.timeout: float | None = call.get("timeout")
        self.shard_index: int = call.get("shard_index") or 0
        self.shard_total: int = call.get("shard_total") or 1
        self._report = report
        self._sequence = itertools.count(1)
        self._stopping = threading.Event()
        self._deadline = None if self.timeout is None else time.monotonic() + self.timeout

    @property
    def is_cancelled(self) -> bool:
        """Whether it was cancelled, or its time is up."""
        late = self._deadline is not None and time.monotonic() > self._deadline
        return late or self._stopping.is_set()

    def check(self) -> None:
        """Raises `Cancelled` if it is to stop: call it now and then."""
        if self.is_cancelled:
            raise Cancelled(self.execution_id)

    def cancel(self) -> None:
        """Asks it to stop."""
        self._stopping.set()

    def progress(self, fraction: float, message: str = "") -> None:
        """Shows how far it is, from 0 to 1. Lost if Celeriac is not to be had just now."""
        fraction = min(max(fraction, 0.0), 1.0)
        self._tell({"progress": {"fraction": fraction, "message": message}})

    def log(self, line: str) -> None:
        """Adds a line to the job's log. Lost if Celeriac is not to be had just now."""
        self._tell({"logs": [line]})

    def _tell(self, news: dict[str, Any]) -> None:
        # Numbered, so that one which was delayed does not count after a later one.
        self._report(self, {"status": "progress", "sequence": next(self._sequence), **news})
