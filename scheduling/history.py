"""What really ran, read from the database, for a simulation of how else it might have gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import DurationField, ExpressionWrapper, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Now

from executors.models import Execution, Executor
from executors.states import ExecutionKind, ExecutorStatus
from jobs.models import Job
from jobs.wishes import OnShortage, Placing
from scheduling.placement import Capacity
from scheduling.simulation.jobs import SimulatedJob

_FIELDS = (
    *("id", "type", "priority", "thread_demand", "timeout", "chunks", "placement"),
    *("on_shortage", "requires", "chunk_count", "available_at", "execution_time"),
    *("slots", "chunk_time"),
)


def read_history(past: timedelta) -> Iterator[SimulatedJob]:
    """The jobs that ended in the past so long and had started, by the time of their arrival."""
    first = None
    for row in _ended(past).values_list(*_FIELDS, named=True).iterator(chunk_size=10_000):
        first = first or row.available_at
        yield _job(row, (row.available_at - first).total_seconds())


def read_executors() -> list[Capacity]:
    """Those online now, idle."""
    online = Executor.objects.filter(status=ExecutorStatus.ONLINE).order_by("name")
    return [
        Capacity(
            str(its.id),
            its.name,
            its.slots,
            frozenset(its.types),
            its.labels | {"executor": its.name},
        )
        for its in online
    ]


def _ended(past: timedelta) -> QuerySet[Job]:
    execution = Execution.objects.filter(id=OuterRef("execution_id"))
    took = ExpressionWrapper(F("completed_at") - F("started_at"), output_field=DurationField())
    chunks = (
        Execution.objects.filter(job_id=OuterRef("id"), kind=ExecutionKind.CHUNK)
        .order_by()
        .values("job_id")
        .annotate(total=Sum(took))
    )
    return (
        Job.objects.filter(completed_at__gt=Now() - past, started_at__isnull=False)
        .annotate(
            slots=Coalesce(Subquery(execution.values("lease__slots")[:1]), 1),
            chunk_time=Subquery(chunks.values("total")[:1]),
        )
        .order_by("available_at", "id")
    )


def _job(row: Any, arrived: float) -> SimulatedJob:
    split = row.chunk_count is not None
    if split:
        work = row.chunk_time.total_seconds() if row.chunk_time else 0.0
    else:
        work = row.execution_time * row.slots
    return SimulatedJob(
        id=str(row.id),
        type=row.type,
        priority=row.priority,
        age=0.0,
        thread_demand=row.thread_demand,
        alone=row.timeout is not None,
        timeout=row.timeout,
        chunkable=split,
        chunks=row.chunks,
        placement=Placing(row.placement),
        on_shortage=OnShortage(row.on_shortage),
        requires=tuple(sorted(row.requires.items())),
        arrived=arrived,
        work=work,
    )
