"""Which executors a task is linked to, with which priority and weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from django.db import connection, transaction
from django.db.models import Q
from pydantic import ConfigDict, Field

from executors.models import Executor
from jobs.ids import is_uuid
from jobs.invalid import ErrorList
from jobs.reading import read
from jobs.requests import Strict, Text
from jobs.sql import Cursor
from jobs.wake import wake_dispatcher
from scheduling.errors import TaskNotFound
from scheduling.models import Task, TaskExecutor

LINKS_MAX = 1000
HIGHEST = 1000

LinkPriority = Annotated[
    int, Field(ge=-HIGHEST, le=HIGHEST, description="Higher goes first, where failover decides.")
]
LinkWeight = Annotated[
    int | None, Field(ge=1, le=HIGHEST, description="Instead of the executor's own.")
]


class LinkRequest(Strict):
    """An executor that a task may run on."""

    executor: Annotated[Text, Field(description="Its name or id.")]
    priority: LinkPriority = 0
    weight: LinkWeight = None


class LinksRequest(Strict):
    """All executors that a task is linked to."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"executors": [{"executor": "sample-executor:executor-001", "priority": 1}]}
        }
    )

    executors: Annotated[list[LinkRequest], Field(max_length=LINKS_MAX)]


def replace_links(task_id: str, value: object) -> None:
    """Links a task to the executors in a parsed body, and to no others; raises `InvalidRequest`."""
    request = read(LinksRequest, value)
    found = _find(request.executors)
    with transaction.atomic():
        _lock(task_id)
        TaskExecutor.objects.filter(task__id=task_id).exclude(executor__id__in=found).delete()
        for executor, one in zip(found, request.executors, strict=True):
            TaskExecutor.objects.update_or_create(
                task_id=task_id,
                executor_id=executor,
                defaults={"priority": one.priority, "weight": one.weight},
            )
        transaction.on_commit(wake_dispatcher, robust=True)


def remove_links(task_id: str) -> None:
    """Links a task to no executor; raises `TaskNotFound`."""
    with transaction.atomic():
        _lock(task_id)
        TaskExecutor.objects.filter(task__id=task_id).delete()


def link(
    cursor: Cursor, task_id: str, executor_id: str, priority: int | None, weight: int | None
) -> None:
    """Links a task to one more executor; None leaves a link's priority or weight as it is."""
    cursor.execute(
        """
        INSERT INTO scheduling_taskexecutor AS link (task_id, executor_id, priority, weight)
        VALUES (%s, %s, COALESCE(%s, 0), %s)
        ON CONFLICT (task_id, executor_id) DO UPDATE
           SET priority = COALESCE(%s, link.priority), weight = COALESCE(%s, link.weight)
        """,
        (task_id, executor_id, priority, weight, priority, weight),
    )


def is_open_to(task_id: str, group: str) -> bool:
    """Whether executors of a group may link themselves to a task: it is theirs, or nobody's yet.

    Call it in a transaction: until its end nobody else finds the task to be nobody's. Raises
    `TaskNotFound`.
    """
    _lock(task_id)
    its_group = Task.objects.values_list("executor_group", flat=True).get(pk=task_id)
    if its_group is not None:
        return its_group == group
    linked = TaskExecutor.objects.filter(task__id=task_id)
    return not linked.exists() or linked.filter(executor__member__group=group).exists()


def _lock(task_id: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM scheduling_task WHERE id = %s FOR NO KEY UPDATE", (task_id,))
        if not cursor.rowcount:
            raise TaskNotFound(id=task_id)


def _find(wanted: Sequence[LinkRequest]) -> list[str]:
    """The ids of the executors that are named, in their order; raises `InvalidRequest`."""
    errors = ErrorList()
    known = _known([one.executor for one in wanted])
    found = [known.get(one.executor) for one in wanted]
    for index, (id_, one) in enumerate(zip(found, wanted, strict=True)):
        path = ("executors", index, "executor")
        if id_ is None:
            message = f"There is no executor {one.executor!r}: see GET /api/v1/executors."
            errors.add(path, "executor_not_found", message)
        elif id_ in found[:index]:
            errors.add(path, "repeated", f"{one.executor!r} is named twice: leave one out.")
    errors.check()
    return [id_ for id_ in found if id_ is not None]


def _known(names: Sequence[str]) -> dict[str, str]:
    """From the names and ids of executors, as far as there are any, to their ids."""
    ids = [name for name in names if is_uuid(name)]
    rows = Executor.objects.filter(Q(name__in=names) | Q(id__in=ids)).values_list("id", "name")
    return {key: str(id_) for id_, name in rows for key in (str(id_), name)}
