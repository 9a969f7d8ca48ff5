"""Rows in any state, written straight to the tables, for tests of what only reads or removes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import BooleanField, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.utils import timezone

from executors.models import Execution, Executor, Lease, Member, Process
from executors.states import ExecutionState, LeaseState, Protocol
from jobs.ids import uuid7, uuid7s
from jobs.models import Job
from jobs.states import FINAL, PLACED, JobState


def make_job(status: str = JobState.QUEUED, *, age: timedelta = timedelta(0), **fields: Any) -> Job:
    """A job that became what it is `age` ago, with all that its state demands."""
    then = timezone.now() - age
    fields = {"type": "add_numbers", "name": "a job", "payload": {"a": 1, "b": 2}} | fields
    if age:
        # An id tells when its job was made, as far as clocks agree.
        fields = {"id": next(uuid7s(then.timestamp()))} | fields
    fields = {"placement_class": fields["type"], "created_at": then, "available_at": then} | fields
    if status in PLACED:
        fields = {"execution_id": uuid7(), "executor": "w1"} | fields
    if status in {JobState.RUNNING, JobState.COMPLETED}:
        fields = {"started_at": then, "attempt": 1} | fields
    if status in FINAL:
        fields = {"completed_at": then} | fields
    if status == JobState.FAILED:
        fields = {"error": {"code": "failed", "message": "It went wrong."}} | fields
    return Job.objects.create(status=status, **fields)


def slow_jobs(seconds: float, ids: list[Any] | None = None) -> QuerySet[Any]:
    """All jobs as dicts with `id` and `name`: each, or those of `ids`, takes so long to look at."""
    sleep = "pg_sleep(CASE WHEN COALESCE(jobs_job.id = ANY(%s::uuid[]), true) THEN %s ELSE 0 END)"
    look = RawSQL(f"{sleep} IS NOT NULL", [ids, seconds], output_field=BooleanField())
    return Job.objects.annotate(looked=look).filter(looked=Value(True)).values("id", "name")


def make_executor(name: str = "w1", **fields: Any) -> Executor:
    """An executor with four slots."""
    defaults = {"slots": 4, "pool": "prefork", "host": "here", "pid": 1, "incarnation": uuid7()}
    return Executor.objects.create(name=name, **(defaults | fields))


def make_member(group: str = "shop", instance_id: str = "one", **fields: Any) -> Member:
    """What an HTTP executor of a group has over HTTP; it has one slot."""
    executor = make_executor(
        f"{group}:{instance_id}", slots=fields.pop("slots", 1), pool="http", pid=0,
        protocol=Protocol.HTTP, types=["external"],
    )  # fmt: skip
    defaults = {"base_url": "http://127.0.0.1:1"}
    return Member.objects.create(
        executor=executor, group=group, instance_id=instance_id, **(defaults | fields)
    )


def make_gateway(**fields: Any) -> Process:
    """A gateway, without which nothing is placed on HTTP executors; it outlives the test."""
    fields = {"last_beat": timezone.now() + timedelta(hours=1)} | fields
    return Process.objects.create(role="gateway", host="here", pid=1, **fields)


def make_lease(executor: Executor, state: str = LeaseState.FINISHED, **fields: Any) -> Lease:
    """A lease with no executions yet."""
    defaults: dict[str, Any] = {"job_type": "add_numbers", "size": 1}
    if state not in {LeaseState.ASSIGNED, LeaseState.CLAIMED}:
        defaults["closed_at"] = timezone.now()
    if state == LeaseState.CLAIMED:
        defaults |= {"claimed_at": timezone.now(), "incarnation": executor.incarnation}
    return Lease.objects.create(executor=executor, state=state, **(defaults | fields))


def make_execution(
    job: Job, lease: Lease, state: str = ExecutionState.COMPLETED, **fields: Any
) -> Execution:
    """An attempt at a job."""
    return Execution.objects.create(
        **({"job": job, "lease": lease, "executor": lease.executor, "attempt": 1} | fields),
        state=state,
    )
