"""A job in any state with a lease and an execution around it, to try verbs on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from executors import leases
from executors.leases import Claim
from executors.models import Execution, Executor, Lease
from executors.states import ExecutionState, LeaseState
from jobs.ids import uuid7
from jobs.lifecycle import Outcome, Placed
from jobs.models import Job
from jobs.states import JobState
from tests.support.rows import make_execution, make_executor, make_job, make_lease

AGE = timedelta(seconds=10)
EPOCH = 1_800_000_000.0


@dataclass
class Situation:
    """Jobs in one lease, each with one execution that is its fence."""

    executor: Executor
    lease: Lease
    jobs: list[Job]
    executions: list[Execution]

    @property
    def lease_id(self) -> str:
        return str(self.lease.id)

    @property
    def incarnation(self) -> str:
        return str(self.executor.incarnation)

    @property
    def pairs(self) -> list[Placed]:
        return [Placed(str(e.job_id), str(e.id)) for e in self.executions]

    @property
    def ids(self) -> list[str]:
        return [str(job.id) for job in self.jobs]

    def outcome(self, state: JobState, index: int = 0, **fields: Any) -> Outcome:
        """How the execution of a job ended."""
        job_id, execution_id = self.pairs[index]
        result = '{"sum": 3}' if state == JobState.COMPLETED else None
        error = None if result else '{"code": "exception", "message": "It went wrong."}'
        defaults = {"result": result, "error": error}
        started = self.executions[index].started_at
        origin = started.timestamp() if started else EPOCH
        return Outcome(job_id, execution_id, state, origin, origin + 1.5, **(defaults | fields))

    def claim(self, cursor: Any) -> Claim | None:
        """As its executor does."""
        return leases.claim(cursor, self.lease_id, self.incarnation)

    def states(self) -> tuple[str, list[str], list[str]]:
        """Of the lease, its executions and its jobs, as they are now."""
        self.refresh()
        return self.lease.state, [e.state for e in self.executions], [j.status for j in self.jobs]

    def fresh_jobs(self) -> list[Job]:
        """The jobs as they are now."""
        self.refresh()
        return self.jobs

    def refresh(self) -> None:
        """Reads all rows again."""
        for row in (self.executor, self.lease, *self.jobs, *self.executions):
            row.refresh_from_db()

    def rows(self) -> list[dict[str, Any]]:
        """All rows as they are now."""
        ids = [row.pk for row in self.jobs]
        return [
            *Job.objects.filter(id__in=ids).order_by("id").values(),
            *Execution.objects.filter(job_id__in=ids).order_by("id").values(),
            *Lease.objects.order_by("id").values(),
        ]


def make_situation(
    statuses: str | Iterable[str] = JobState.ASSIGNED,
    lease_state: str = LeaseState.ASSIGNED,
    execution_state: str | None = None,
    executor: Executor | None = None,
    **fields: Any,
) -> Situation:
    """A lease in a state, with an execution for a job in each of `statuses`."""
    executor = executor or make_executor(types=["add_numbers"])
    statuses = [statuses] if isinstance(statuses, str) else list(statuses)
    lease = make_lease(executor, lease_state, size=len(statuses))
    if execution_state is None:
        claimed = lease_state == LeaseState.CLAIMED
        execution_state = ExecutionState.RUNNING if claimed else ExecutionState.ASSIGNED
    jobs, executions = [], []
    for status in statuses:
        id_ = uuid7()
        defaults = {"execution_id": id_, "executor": executor.name, "age": AGE}
        jobs.append(make_job(status, **(defaults | fields)))
        started = lease.claimed_at if execution_state == ExecutionState.RUNNING else None
        executions.append(
            make_execution(jobs[-1], lease, execution_state, id=id_, started_at=started)
        )
    return Situation(executor, lease, jobs, executions)


def running(count: int = 1, **fields: Any) -> Situation:
    """Jobs that run in one claimed lease."""
    return make_situation([JobState.RUNNING] * count, LeaseState.CLAIMED, **fields)


def assigned(count: int = 1, **fields: Any) -> Situation:
    """Jobs in one lease that nobody has claimed."""
    return make_situation([JobState.ASSIGNED] * count, LeaseState.ASSIGNED, **fields)
