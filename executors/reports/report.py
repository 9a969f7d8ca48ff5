"""What is reported of an execution. Pure: no Django, no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from executors.logs.lines import Line


class ReportStatus(StrEnum):
    """What a report says."""

    COMPLETED = "completed"
    FAILED = "failed"
    PROGRESS = "progress"
    """It goes on: how far it is, or lines of its log, or just that it lives."""
    CANCELLED = "cancelled"
    """It was stopped because its job was cancelled."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an execution failed. A `permanent` one is not tried again, whatever the job's policy."""

    code: str
    message: str
    traceback: str | None = None
    permanent: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an execution is: a `fraction` from 0 to 1, and a word on it."""

    fraction: float
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is said of an execution at one moment.

    `result` is JSON text, of completed ones; `failure` is given of failed ones. `sequence` grows
    from one report of progress to the next, where it is given: others are then out of order.
    """

    status: ReportStatus
    result: str | None = None
    failure: Failure | None = None
    progress: Progress | None = None
    logs: Sequence[Line] = ()
    sequence: int | None = None
