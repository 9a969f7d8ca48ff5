"""Columns and filters that the pages of leases and executions share."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display

from executors.models import Execution, Executor
from executors.states import ExecutionKind, ExecutionState, ExecutorStatus, LeaseState
from jobs.admin.base import link
from jobs.admin.filters import RecentFilter
from jobs.readable import duration

COLOURS = {
    ExecutorStatus.ONLINE.value: "success",
    ExecutorStatus.DRAINING.value: "warning",
    LeaseState.CLAIMED.value: "warning",
    LeaseState.FINISHED.value: "success",
    LeaseState.ASSIGNED.value: "warning",
    ExecutionState.RUNNING.value: "warning",
    ExecutionState.COMPLETED.value: "success",
    ExecutionState.FAILED.value: "danger",
    ExecutionState.LOST.value: "danger",
}


class ExecutorFilter(RecentFilter):
    """By executor, of which there are few."""

    title = "executor"
    parameter_name = "executor"
    lookup = "executor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All executors."""
        del request, model_admin
        return [(str(id_), name) for id_, name in Executor.objects.values_list("id", "name")[:500]]


class StateFilter(RecentFilter):
    """By state."""

    title = "state"
    parameter_name = "state"
    lookup = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The model's own choices."""
        del request
        return list(model_admin.model._meta.get_field("state").choices)  # noqa: SLF001


class KindFilter(RecentFilter):
    """By kind."""

    title = "kind"
    parameter_name = "kind"
    lookup = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Whole jobs, chunks, and their combining."""
        del request, model_admin
        return [(kind.value, kind.value) for kind in ExecutionKind]


class ExecutionColumns:
    """What an execution was an attempt at, where and how long it ran."""

    @display(description="job")
    def job_link(self, execution: Execution) -> SafeString | str:
        """What it was an attempt at."""
        return link("jobs_job", execution.job_id, execution.job.name)

    @display(description="executor")
    def executor_link(self, execution: Execution) -> SafeString | str:
        """Where it ran; a dash while it is queued."""
        executor = execution.executor
        return link("executors_executor", executor.pk, executor.name) if executor else "-"

    @display(description="lease")
    def lease_link(self, execution: Execution) -> SafeString | str:
        """In what it was handed out; a dash while it is queued."""
        return link("executors_lease", execution.lease_id, short(execution.lease_id))

    @display(description="of the job")
    def what(self, execution: Execution) -> str:
        """What of the job it ran: `whole`, `chunk 3`, `combine`."""
        return execution.kind if execution.chunk is None else f"{execution.kind} {execution.chunk}"

    @display(description="time")
    def ran(self, execution: Execution) -> str:
        """How long it ran."""
        if execution.started_at is None or execution.completed_at is None:
            return "-"
        return duration((execution.completed_at - execution.started_at).total_seconds())


def short(key: object) -> str:
    """The end of an id: ids of the same time differ there."""
    return str(key)[-12:]
