"""Rows in the shapes of the API, as dicts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    CharField,
    Count,
    F,
    Func,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Concat, JSONObject

from executors.models import LoadBalanceState
from jobs.api.queries import Rows
from jobs.models import Job
from scheduling import cron
from scheduling.api import shapes
from scheduling.cron import InvalidSchedule
from scheduling.defining.backfill_requests import Asked
from scheduling.defining.showing import LONGEST
from scheduling.defining.timing import Shown, Timing, UnknownSchedule, timing
from scheduling.errors import BackfillNotFound, CalendarNotFound, TaskNotFound
from scheduling.models import Backfill, Calendar, Task, TaskExecutor

ELSEWHERE = {
    "name": "periodic_task__name",
    "description": "periodic_task__description",
    "enabled": "periodic_task__enabled",
    "next_run_at": "periodic_task__next_run__at",
    "last_run_at": "periodic_task__next_run__last_at",
    "calendar": "calendar__name",
    "on_success": "on_success__periodic_task__name",
    "on_failure": "on_failure__periodic_task__name",
    "retry": "retry_policy",
}
"""Fields of a task that are columns of other names or other tables."""

CRONTAB = [f"periodic_task__crontab__{name}" for name in LONGEST]
SHOWN = [
    "periodic_task__crontab__timezone",
    "periodic_task__interval__every",
    "periodic_task__interval__period",
    "periodic_task__solar",
]


def tasks() -> Rows:
    """All tasks; `present` gives a row its last touch."""
    derived = {"schedule", "executors", "load_balance_state"}
    columns = [name for name in shapes.Task.model_fields if name not in {*ELSEWHERE, *derived}]
    rows: Rows = Task.objects.values(
        *columns,
        *ELSEWHERE.values(),
        *CRONTAB,
        *SHOWN,
        executors=ArraySubquery(_links()),
        load_balance_state=Subquery(_remembered()),
    )
    return rows


def _remembered() -> QuerySet[Any]:
    """What a task's load-balance strategy remembers."""
    subject = Concat(Value("task:"), Cast(OuterRef("pk"), CharField()))
    strategy = OuterRef("load_balance_strategy")
    return LoadBalanceState.objects.filter(subject=subject, strategy=strategy).values("state")


def _links() -> QuerySet[Any]:
    """The executors of a task, as `TaskLink`s."""
    fields = JSONObject(
        executor="executor__name",
        id="executor_id",
        status="executor__status",
        priority="priority",
        weight=Coalesce("weight", "executor__weight"),
    )
    links = TaskExecutor.objects.filter(task=OuterRef("pk"))
    return links.order_by("-priority", "executor__name").values(json=fields)


def task(task_id: str) -> dict[str, Any]:
    """One task; raises `TaskNotFound`."""
    row = tasks().filter(pk=task_id).first()
    if row is None:
        raise TaskNotFound(id=task_id)
    return present(row)


def present(row: dict[str, Any]) -> dict[str, Any]:
    """A row of `tasks` in the shape of the API."""
    found = _timing(row)
    fields = row | {name: row[column] for name, column in ELSEWHERE.items()}
    fields |= {
        "cron_expression": found.expression,
        "timezone": found.timezone,
        "schedule": in_words(found),
        "pause_reason": None if fields["enabled"] else row["pause_reason"],
    }
    return {name: fields[name] for name in shapes.Task.model_fields}


def in_words(found: Timing) -> str | None:
    """A schedule in words; None where there is none, or none that can be read."""
    try:
        return found.expression and cron.parse(found.expression, found.timezone).describe()
    except InvalidSchedule:
        return None


def history(task_id: str) -> Rows:
    """The jobs of a task, as `HistoryEntry`s."""
    columns = [name for name in shapes.HistoryEntry.model_fields if name != "job"]
    rows: Rows = Job.objects.filter(task_id=task_id).values(*columns, "id")
    return rows


def present_entry(row: dict[str, Any]) -> dict[str, Any]:
    """A row of `history` in the shape of the API."""
    return {"job": row.pop("id"), **row}


def backfills() -> Rows:
    """All backfills; `present_backfill` gives a row its last touch."""
    count = Func(F("ticks"), function="cardinality", output_field=IntegerField())
    columns = [
        "id", "task", "from_at", "to_at", "concurrency", "priority", "existing", "created_at",
        "created_by", "ended_at", "cancelled", "position", "problem",
    ]  # fmt: skip
    rows: Rows = Backfill.objects.values(*columns, count=count)
    return rows


def backfill(backfill_id: str) -> dict[str, Any]:
    """One backfill; raises `BackfillNotFound`."""
    row = backfills().filter(pk=backfill_id).first()
    if row is None:
        raise BackfillNotFound(id=backfill_id)
    return present_backfill(row)


def present_backfill(row: dict[str, Any]) -> dict[str, Any]:
    """A row of `backfills` in the shape of the API."""
    plain = ("id", "task", "concurrency", "priority", "existing", "created_at", "created_by")
    return {name: row[name] for name in plain} | {
        "from": row["from_at"],
        "to": row["to_at"],
        "state": _backfill_state(row),
        "ticks": row["count"],
        "done": row["position"],
        "error": row["problem"],
        "ended_at": row["ended_at"],
    }


def present_dry(asked: Asked) -> dict[str, Any]:
    """What a backfill would do, in the shape of the API."""
    return {
        "task": asked.backfill.task_id,
        "from": asked.backfill.from_at,
        "to": asked.backfill.to_at,
        "dry_run": True,
        "ticks": len(asked.backfill.ticks),
        "existing": asked.existing,
        "times": asked.backfill.ticks,
    }


def _backfill_state(row: dict[str, Any]) -> shapes.BackfillState:
    if row["ended_at"] is None:
        return shapes.BackfillState.RUNNING
    if row["cancelled"]:
        return shapes.BackfillState.CANCELLED
    if row["problem"]:
        return shapes.BackfillState.FAILED
    return shapes.BackfillState.COMPLETED


def calendars() -> Rows:
    """All calendars."""
    columns = [name for name in shapes.Calendar.model_fields if name != "tasks"]
    # The name `tasks` is that of the relation too.
    rows: Rows = Calendar.objects.values(*columns, used=Count("tasks"))
    return rows


def calendar(calendar_id: str) -> dict[str, Any]:
    """One calendar; raises `CalendarNotFound`."""
    row = calendars().filter(pk=calendar_id).first()
    if row is None:
        raise CalendarNotFound(id=calendar_id)
    return present_calendar(row)


def present_calendar(row: dict[str, Any]) -> dict[str, Any]:
    """A row of `calendars` in the shape of the API."""
    row["tasks"] = row.pop("used")
    return {name: row[name] for name in shapes.Calendar.model_fields}


def _timing(row: dict[str, Any]) -> Timing:
    fields = [row[name] for name in CRONTAB]
    zone, every, period, solar = (row[name] for name in SHOWN)
    shown = Shown(
        crontab=None if zone is None else fields,
        crontab_timezone=None if zone is None else str(zone),
        every=every,
        period=period,
        other="solar" if solar else "clocked",
    )
    try:
        return timing(row["cron_expression"], row["timezone"], shown)
    except UnknownSchedule:
        return Timing(None, row["timezone"] or settings.TIME_ZONE)
