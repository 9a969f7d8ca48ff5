"""Makes, changes and steers tasks, each in a transaction of its own."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.db.models import JSONField, Value

from executors.models import Executor
from jobs import types
from jobs.errors import UnknownJobType
from jobs.invalid import ErrorList, refuse
from jobs.reading import payload_text, read
from jobs.sql import retry_on_deadlock
from jobs.wake import wake_dispatcher
from jobs.wishes import LoadBalanceStrategy
from scheduling import firing
from scheduling.defining import definitions, lookup, showing
from scheduling.defining.reading import Plan, read_task, refuse_name
from scheduling.defining.requests import TaskRequest, TriggerRequest
from scheduling.defining.timing import UnknownSchedule
from scheduling.errors import NameTaken, TaskNotFound
from scheduling.firing.definition import payload_schema
from scheduling.models import Task

ELSEWHERE = {
    "name", "description", "enabled", "cron_expression", "timezone", "calendar", "on_success",
    "on_failure", "retry",
}  # fmt: skip
"""Fields of a request that are no columns of a task's row, or not by that name."""


def create_task(value: object, actor: str) -> str:
    """A new task of a parsed body; its id. Raises `InvalidRequest` with all that is wrong."""
    request, plan = read_task(value, lookup.context_for_task())
    task = Task(created_by=actor)
    write_task(task, request, plan)
    return str(task.pk)


def replace_task(task_id: str, value: object) -> None:
    """Makes a task anew of a whole body; raises `InvalidRequest`, `TaskNotFound`."""
    with transaction.atomic():
        task = _locked(task_id)
        request, plan = read_task(value, lookup.context_for_task(task))
        write_task(task, request, plan)


def change_task(task_id: str, value: object) -> None:
    """Changes what a body names, and nothing else; raises `InvalidRequest`, `TaskNotFound`."""
    with transaction.atomic():
        task = _locked(task_id)
        whole: Any = {**as_request(task), **value} if isinstance(value, dict) else value
        touched = isinstance(value, dict) and bool({"type", "payload"} & value.keys())
        context = lookup.context_for_task(task)
        request, plan = read_task(whole, context, payload_is_new=touched)
        write_task(task, request, plan, payload_is_new=touched)


def delete_task(task_id: str) -> None:
    """Removes a task but none of its jobs; raises `TaskNotFound`."""
    with transaction.atomic():
        if not definitions.delete([task_id]):
            raise TaskNotFound(id=task_id)


def set_enabled(task_id: str, enabled: bool) -> None:
    """Pauses a task, or has it go on; its next tick is the first from now on."""
    with transaction.atomic():
        definitions.set_enabled([task_id], enabled)


def trigger(task_id: str, value: object, actor: str) -> str:
    """A job of the task, at once; its id. Raises `InvalidRequest`, `TaskNotFound`."""
    request = read(TriggerRequest, {} if value is None else value)
    payload = _own_payload(task_id, value) if "payload" in request.model_fields_set else None
    requires = _bound_to(request.executor) if request.executor else None

    def fire() -> str:
        transaction.on_commit(wake_dispatcher, robust=True)
        with connection.cursor() as cursor:
            made = firing.trigger(
                cursor,
                task_id,
                payload=payload,
                priority=request.priority,
                requires=requires,
                actor=actor,
            )
        return made.id

    try:
        return retry_on_deadlock(fire)
    except UnknownJobType as error:
        message = f"{error} The task can't run before it has another type."
        refuse(["type"], error.code, message)


def as_request(task: Task) -> dict[str, Any]:
    """A task as the body that would make it."""
    columns = TaskRequest.model_fields.keys() - ELSEWHERE
    fields = {name: getattr(task, name) for name in columns}
    for name in ("start_at", "end_at"):
        fields[name] = moment.isoformat() if (moment := fields[name]) else None
    try:
        expression, timezone = showing.read(task)
    except UnknownSchedule:
        expression, timezone = None, "UTC"
    return fields | {
        "name": task.name,
        "description": task.description,
        "enabled": task.enabled,
        "cron_expression": expression,
        "timezone": timezone,
        "calendar": str(task.calendar_id) if task.calendar_id else None,
        "on_success": str(task.on_success_id) if task.on_success_id else None,
        "on_failure": str(task.on_failure_id) if task.on_failure_id else None,
        "retry": task.retry_policy,
    }


def _locked(task_id: str) -> Task:
    related = ("periodic_task__crontab", "periodic_task__interval", "calendar")
    tasks = Task.objects.select_related(*related).select_for_update(of=("self", "periodic_task"))
    task = tasks.filter(pk=task_id).first()
    if task is None:
        raise TaskNotFound(id=task_id)
    return task


def write_task(
    task: Task, request: TaskRequest, plan: Plan, *, payload_is_new: bool = True
) -> None:
    """Stores a new task or a changed one as a request, which was checked, says."""
    for name in TaskRequest.model_fields.keys() - ELSEWHERE:
        setattr(task, name, getattr(request, name))
    # Django takes None for a column without a value; this is a value, the JSON text null.
    task.payload = Value(None, JSONField()) if request.payload is None else request.payload
    task.load_balance_strategy = _strategy(request)
    task.calendar = plan.calendar
    task.on_success_id, task.on_failure_id = plan.on_success, plan.on_failure
    task.retry_policy = request.retry and request.retry.model_dump(mode="json")
    task.problem = None
    if payload_is_new:
        task.checked_schema = payload_schema(request.type)
    try:
        definitions.save(
            task,
            name=request.name,
            description=request.description,
            enabled=request.enabled,
            expression=request.cron_expression,
            timezone=request.timezone,
        )
    except NameTaken:
        refuse_name(request.name)
    task.payload = request.payload


def _strategy(request: TaskRequest) -> LoadBalanceStrategy:
    own = types.get(request.type).load_balance_strategy
    return request.load_balance_strategy or own or LoadBalanceStrategy.LEAST_LOADED


def _own_payload(task_id: str, value: object) -> str | None:
    """The JSON text of a payload that is given instead of the task's."""
    job_type = Task.objects.filter(pk=task_id).values_list("type", flat=True).first()
    if job_type is None:
        raise TaskNotFound(id=task_id)
    assert isinstance(value, dict)
    errors = ErrorList()
    try:
        types.get(job_type)
    except UnknownJobType as error:
        errors.add(["type"], error.code, f"{error} The task needs another type.")
    text = payload_text({"type": job_type, "payload": value["payload"]}, ("payload",), errors)
    errors.check()
    return text


def _bound_to(executor: str) -> dict[str, str]:
    """The label that only this executor has."""
    if "\0" in executor or not Executor.objects.filter(name=executor).exists():
        message = f"There is no executor {executor!r}: GET /api/v1/executors lists those there are."
        refuse(["executor"], "executor_not_found", message)
    return {"executor": executor}
