"""Rows in the shapes of the API, as dicts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models import (
    BooleanField,
    DurationField,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Sum,
    TextField,
)
from django.db.models.functions import Cast, Coalesce, Extract, Greatest, JSONObject, Now
from django.utils import timezone

from executors.api import shapes
from executors.errors import ExecutorNotFound
from executors.models import Execution, Executor, HealthCheck, Lease, Process
from executors.states import LIVE
from jobs.api.queries import Rows

OF_A_MEMBER = {"group", "instance_id", "base_url", "busy_until", "busy_with", "left_at"}
"""Fields of an executor that only one over HTTP has."""
DERIVED = {"executor", "task", "scheduled_for", "execution_time", "result_size"}


def _seconds(later: Any, earlier: Any) -> Extract:
    span = ExpressionWrapper(later - earlier, output_field=DurationField())
    return Extract(span, "epoch", output_field=FloatField())


def _bytes(column: str) -> Func:
    text = Cast(column, TextField())
    return Func(text, function="octet_length", output_field=IntegerField())


def executors() -> Rows:
    """All executors; their slots in use are those of their live leases.

    `present_executor` gives a row its last touch.
    """
    live = Lease.objects.filter(executor=OuterRef("pk"), state__in=LIVE).order_by()
    used = live.values("executor").annotate(total=Sum("slots")).values("total")
    checks = HealthCheck.objects.filter(executor=OuterRef("pk")).order_by("-id")
    fields = {name: F(name) for name in shapes.HealthCheck.model_fields}
    derived = {
        "slots_used": Coalesce(Subquery(used), 0, output_field=IntegerField()),
        "slots_free": Greatest(F("slots") - F("slots_used"), 0, output_field=IntegerField()),
        "heartbeat_age": Greatest(_seconds(Now(), F("last_heartbeat")), 0.0),
        "last_check": Subquery(checks.values(json=JSONObject(**fields))[:1]),
    }
    plain = shapes.Executor.model_fields.keys() - derived.keys() - OF_A_MEMBER - {"health"}
    rows: Rows = Executor.objects.annotate(**derived).values(
        *plain, *derived, *(f"member__{name}" for name in OF_A_MEMBER)
    )
    return rows


def present_executor(row: dict[str, Any]) -> dict[str, Any]:
    """A row of `executors` in the shape of the API."""
    row |= {name: row.pop(f"member__{name}") for name in OF_A_MEMBER}
    row["health"] = row.pop("last_check")
    if row["busy_with"] is not None:
        row["busy_with"] = still_busy_with(row["busy_with"], timezone.now())
    return {name: row[name] for name in shapes.Executor.model_fields}


def still_busy_with(known: dict[str, dict[str, float]], now: datetime) -> dict[str, datetime]:
    """Until when it gets none of a task's jobs, by the task's id; without what is over."""
    until = {task: datetime.fromtimestamp(its["until"], UTC) for task, its in known.items()}
    return {task: moment for task, moment in until.items() if moment > now}


def executor(executor_id: str) -> dict[str, Any]:
    """One executor; raises `ExecutorNotFound`."""
    row = executors().filter(pk=executor_id).first()
    if row is None:
        raise ExecutorNotFound(name=executor_id)
    return present_executor(row)


def executions() -> Rows:
    """All executions; `present` gives a row its last touch."""
    columns = [name for name in shapes.Execution.model_fields if name not in DERIVED]
    rows: Rows = Execution.objects.values(
        *columns,
        "executor__name",
        task=F("job__task_id"),
        scheduled_for=F("job__scheduled_for"),
        execution_time=_seconds(F("completed_at"), F("started_at")),
        result_size=_bytes("result"),
    )
    return rows


def present(execution: dict[str, Any]) -> dict[str, Any]:
    """A row of `executions` in the shape of the API; a query can't name a column `executor`."""
    execution["executor"] = execution.pop("executor__name")
    return execution


def processes() -> Rows:
    """All processes that have not ended, those that fell silent a while ago among them."""
    limit = settings.CELERIAC["HEARTBEAT_LIMIT"]
    derived = {
        "last_beat_age": Greatest(_seconds(Now(), F("last_beat")), 0.0),
        "alive": _whether(Q(last_beat_age__lt=limit)),
        "leads": _whether(Q(leader_since__isnull=False)),
    }
    columns = [name for name in shapes.Process.model_fields if name not in derived]
    there = Process.objects.filter(ended_at=None)
    rows: Rows = there.annotate(**derived).values(*columns, *derived)
    return rows


def _whether(condition: Q) -> ExpressionWrapper:
    return ExpressionWrapper(condition, output_field=BooleanField())
