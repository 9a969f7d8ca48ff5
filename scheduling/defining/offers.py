"""Tasks that an HTTP executor names when it registers: made where there are none, and linked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from django.db import transaction
from pydantic import ConfigDict, Field

from jobs.invalid import ErrorList, FieldError, InvalidRequest
from jobs.requests import Strict, Text
from jobs.sql import Cursor
from scheduling.defining import editing, links, lookup
from scheduling.defining.links import LinkPriority, LinkWeight
from scheduling.defining.reading import read_task
from scheduling.models import Task

OFFERED = frozenset(
    {
        "cron_expression", "timezone", "description", "enabled", "payload", "execution_mode",
        "max_pending", "load_balance_strategy", "misfire_policy", "misfire_grace", "misfire_limit",
        "start_at", "end_at", "max_attempts", "timeout", "retry", "handler",
    }
)  # fmt: skip
"""Fields of a task that an executor may choose: none by which it would have others do something."""

NOT_LINKED = "{}: not linked, since it is for other executors: ask an operator to link it."


class Offer(Strict):
    """A task that an executor can do. Further fields are those of a task that is to be made."""

    model_config = ConfigDict(extra="allow")

    task_name: Annotated[Text, Field(description="Its name.")]
    priority: Annotated[LinkPriority | None, Field(description="Of the link; null: as it is.")] = (
        None
    )
    weight: LinkWeight = None

    def definition(self) -> dict[str, Any]:
        """The body that would make the task."""
        return {"name": self.task_name, **(self.model_extra or {})}


@dataclass(frozen=True, slots=True)
class Known:
    """An offer, and the task that there is of its name, if there is one."""

    offer: Offer
    task_id: str | None


def check(offers: Sequence[Offer], errors: ErrorList) -> list[Known]:
    """What there is of the tasks; what is wrong with those to be made is in `errors`."""
    known = [Known(offer, lookup.find_task(offer.task_name)) for offer in offers]
    names: set[str] = set()
    for index, one in enumerate(known):
        if one.offer.task_name in names:
            message = "This task is named twice: leave one out."
            errors.add(["tasks", index, "task_name"], "repeated", message)
        names.add(one.offer.task_name)
        if _is_modest(index, one.offer, errors) and one.task_id is None:
            _check_definition(index, one.offer, errors)
    return known


def take(
    cursor: Cursor,
    known: Sequence[Known],
    executor_id: str,
    group: str,
    actor: str,
    *,
    by_admin: bool,
) -> list[str]:
    """Makes the tasks that there are not, and links them, and of the others those that it may.

    Warnings tell what is not as the executor said. An admin may have any task linked.
    """
    warnings: list[str] = []
    for one in known:
        offer = one.offer
        task_id, is_new = (one.task_id, False) if one.task_id else _make(offer, actor)
        if is_new or by_admin or links.is_open_to(task_id, group):
            links.link(cursor, task_id, executor_id, offer.priority, offer.weight)
            warnings += [] if is_new else _differences(offer, task_id, group)
        else:
            warnings.append(NOT_LINKED.format(offer.task_name))
    return warnings


def _make(offer: Offer, actor: str) -> tuple[str, bool]:
    """The id of a task, and whether it is new: somebody else may have made it a moment ago."""
    try:
        with transaction.atomic():
            return editing.create_task(offer.definition(), actor), True
    except InvalidRequest:
        if found := lookup.find_task(offer.task_name):
            return found, False
        raise


def _is_modest(index: int, offer: Offer, errors: ErrorList) -> bool:
    """Whether it has no fields but those that an executor may choose."""
    others = (offer.model_extra or {}).keys() - OFFERED
    for name in sorted(others):
        message = f"There is no such field here; there are {', '.join(sorted(OFFERED))}."
        errors.add(["tasks", index, name], "unknown_field", message)
    return not others


def _check_definition(index: int, offer: Offer, errors: ErrorList) -> None:
    try:
        read_task(offer.definition(), lookup.context_for_task())
    except InvalidRequest as error:
        for one in error.errors:
            # Somebody else has made it since it was looked for; `take` finds theirs.
            if one.code != "name_taken":
                field = "task_name" if one.field == "name" else one.field
                errors.errors.append(FieldError(f"tasks[{index}].{field}", one.message, one.code))
                errors.count += 1


def _differences(offer: Offer, task_id: str, group: str) -> list[str]:
    """What is not as the executor said, in words."""
    task = Task.objects.select_related("periodic_task__crontab", "periodic_task__interval").get(
        pk=task_id
    )
    present: Mapping[str, Any] = editing.as_request(task)
    found = []
    given = (offer.model_extra or {}).get("cron_expression", present["cron_expression"])
    if _plain(given) != _plain(present["cron_expression"]):
        its = present["cron_expression"] or "none"
        found.append(f"{offer.task_name}: its cron expression is {its}, and stays so.")
    if task.executor_group not in (None, group):
        found.append(f"{offer.task_name}: it runs on executors of {task.executor_group} only.")
    return found


def _plain(expression: str | None) -> str:
    return " ".join((expression or "").split())
