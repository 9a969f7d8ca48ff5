"""What every protocol offers the gateway: run, cancel, check. Pure values and one base class.

Times are in seconds. An implementation lets `HttpError` through: the gateway makes failed
hand-overs and failed checks of it, uncertain ones where the request may have arrived.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from executors.states import Protocol

if TYPE_CHECKING:
    from executors.gateway.http import Http
    from executors.reports.report import Report


@dataclass(frozen=True, slots=True)
class Target:
    """An HTTP executor, as it is reached.

    `secret` signs what is sent to it. `call_seconds` limits each call but a check, which has
    `check_seconds`.
    """

    executor_id: str
    name: str
    group: str
    instance_id: str
    base_url: str
    health_check_url: str | None
    secret: str
    call_seconds: float = 10.0
    check_seconds: float = 5.0
    protocol: str = Protocol.HTTP


@dataclass(frozen=True, slots=True)
class Call:
    """One execution to be run by one HTTP executor.

    `payload` is JSON text; `token` lets the executor report about this execution and no other;
    `started_at` is in epoch seconds. A job that is not broadcast is shard 0 of 1. `mode` is the
    execution mode of its task; `task_id` is None for a job of no task.
    """

    target: Target
    lease_id: str
    execution_id: str
    token: str
    job_id: str
    task_id: str | None
    task_name: str
    handler: str
    mode: str
    type: str
    payload: str
    attempt: int
    timeout: float | None
    callback_url: str
    started_at: float
    shard_index: int = 0
    shard_total: int = 1


class Taken(StrEnum):
    """What an executor made of a call."""

    ACCEPTED = "accepted"
    """It runs, and will be reported."""
    ANSWERED = "answered"
    """It is over: the answer was the report."""
    BUSY = "busy"
    """No room there at present; another executor may have some."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of handing a call over.

    `detail` says what was wrong. `uncertain` is true of a failure after which the executor may
    run it all the same, `unanswered` of one that says something of its health: a refusal does
    not, as what is wrong may be the job. One that is BUSY may be so with jobs `of_task` alone, and
    have room for others. `report` is there where it is ANSWERED.
    """

    taken: Taken
    detail: str = ""
    uncertain: bool = False
    unanswered: bool = False
    of_task: bool = False
    report: Report | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """What a check found; `detail` says what was wrong."""

    healthy: bool
    detail: str = ""


class Speaker(ABC):
    """Speaks one protocol. Stateless; its methods run in the gateway's loop and never block it.

    Database work goes through `executors.gateway.threads.in_database`.
    """

    @abstractmethod
    async def run(self, call: Call, http: Http) -> Answer:
        """Hands a call over. Called once for each execution."""

    @abstractmethod
    async def cancel(self, call: Call, http: Http) -> bool:
        """Asks the executor to stop it; whether it is over by that, with no report to come."""

    @abstractmethod
    async def check(self, target: Target, http: Http) -> Health:
        """Looks whether the executor is well."""

    async def pull_logs(self, http: Http) -> None:  # noqa: B027
        """Fetches what there is of the logs of running executions, where nobody sends them.

        Called again and again, never while the last call still goes on.
        """
