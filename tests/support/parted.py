"""A job that was split, with its chunks in any state, to try verbs on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from executors.models import Execution, Executor, Lease
from executors.states import ExecutionState, LeaseState
from jobs.ids import uuid7
from jobs.lifecycle import Outcome
from jobs.models import Job
from jobs.states import FINAL, JobState
from tests.support.rows import make_executor, make_job, make_lease

PART_VERBS = ["end_parted", "fan_out", "start_part"]
"""The moves of `states.MOVES` that only jobs with parts make."""

AGE = timedelta(seconds=10)

LEASE_STATES = {
    ExecutionState.ASSIGNED: LeaseState.ASSIGNED,
    ExecutionState.RUNNING: LeaseState.CLAIMED,
    ExecutionState.LOST: LeaseState.LOST,
}


@dataclass
class Parted:
    """A job and the executions of its parts, in the order of its chunks."""

    executor: Executor
    job: Job
    parts: list[Execution]

    @property
    def job_id(self) -> str:
        return str(self.job.id)

    @property
    def incarnation(self) -> str:
        return str(self.executor.incarnation)

    def outcome(self, index: int, state: JobState, **fields: Any) -> Outcome:
        """How a part ended."""
        part = self.parts[index]
        result = '{"n": 1}' if state == JobState.COMPLETED else None
        error = None if result else '{"code": "exception", "message": "It went wrong."}'
        began = (part.started_at or timezone.now()).timestamp()
        defaults = {"result": result, "error": error}
        return Outcome(self.job_id, str(part.id), state, began, began + 0.5, **(defaults | fields))

    def lease_id(self, index: int = 0) -> str:
        return str(self.parts[index].lease_id)

    def states(self) -> tuple[str, list[str]]:
        """The job's, and those of all its executions in the order in which they came to be."""
        rows = Execution.objects.filter(job_id=self.job.id).order_by("id")
        return Job.objects.get(id=self.job.id).status, [row.state for row in rows]

    def refresh(self) -> None:
        """Reads the job again."""
        self.job.refresh_from_db()

    def rows(self) -> list[dict[str, Any]]:
        """All rows as they are now."""
        return [
            *Job.objects.order_by("id").values(),
            *Execution.objects.order_by("id").values(),
            *Lease.objects.order_by("id").values(),
        ]


def make_parted(
    *states: str, status: str = JobState.RUNNING, combine: str | None = None, **fields: Any
) -> Parted:
    """A job with a chunk in each of `states`, and maybe an execution that combines them."""
    executor = make_executor(types=["add_numbers"])
    defaults: dict[str, Any] = {"chunk_count": len(states), "width": len(states)}
    if status in {JobState.QUEUED, JobState.SCHEDULED, JobState.WAITING}:
        defaults = {}
    if status in FINAL:
        defaults["started_at"] = timezone.now()
    job = make_job(status, **(defaults | fields))
    parts = [_part(executor, job, state, "chunk", n) for n, state in enumerate(states)]
    if combine:
        parts.append(_part(executor, job, combine, "combine", None))
    return Parted(executor, job, parts)


def _part(executor: Executor, job: Job, state: str, kind: str, chunk: int | None) -> Execution:
    now = timezone.now() - AGE
    fields: dict[str, Any] = {}
    if state == ExecutionState.QUEUED:
        fields["available_at"] = now
    else:
        lease_state = LEASE_STATES.get(ExecutionState(state), LeaseState.FINISHED)
        lease = make_lease(executor, lease_state, kind=kind)
        fields |= {"lease": lease, "executor": executor}
    if state in {ExecutionState.RUNNING, ExecutionState.COMPLETED, ExecutionState.FAILED}:
        fields["started_at"] = now
    if state in {ExecutionState.COMPLETED, ExecutionState.FAILED}:
        fields["completed_at"] = now
    if state == ExecutionState.COMPLETED and kind == "chunk":
        fields["result"] = {"n": chunk}
    return Execution.objects.create(
        id=uuid7(), job=job, kind=kind, chunk=chunk, attempt=1, state=state, **fields
    )
