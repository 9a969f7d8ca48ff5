"""Which tasks a task triggers by its `on_success` and `on_failure`, and which those trigger."""

from __future__ import annotations

from collections.abc import Collection

from django.conf import settings
from django.db.models import Q

from scheduling.models import Task


def way(start: str, goal: str) -> list[str]:
    """The ids of tasks that lead from one to the other by triggering each other; [] if none do.

    Longer ways than a chain may be are not looked for: they end by themselves.
    """
    came_from: dict[str, str | None] = {start: None}
    frontier = {start}
    for _ in range(settings.CELERIAC["CHAIN_LENGTH_MAX"]):
        if goal in came_from or not frontier:
            break
        links = [(one, other) for one, other in _links(frontier) if other not in came_from]
        came_from |= {other: one for one, other in links}
        frontier = {other for _, other in links}
    return _back(goal, came_from) if goal in came_from else []


def circle(task_id: str, target: str) -> str | None:
    """The names of the tasks that would trigger each other for ever if the first had the second."""
    if not (ids := way(target, task_id)):
        return None
    rows = Task.objects.filter(pk__in=ids).values_list("pk", "periodic_task__name")
    names = {str(pk): name for pk, name in rows}
    return " → ".join(names[id_] for id_ in (task_id, *ids) if id_ in names)


def that_trigger(task_id: str, most: int) -> list[tuple[str, str]]:
    """Ids and names of tasks that trigger this one by a link, in the order of their names."""
    linked = Task.objects.filter(Q(on_success=task_id) | Q(on_failure=task_id))
    rows = linked.order_by("periodic_task__name").values_list("pk", "periodic_task__name")[:most]
    return [(str(pk), name) for pk, name in rows]


def _links(ids: Collection[str]) -> list[tuple[str, str]]:
    linked = Task.objects.filter(Q(on_success__isnull=False) | Q(on_failure__isnull=False))
    rows = linked.filter(pk__in=ids).values_list("pk", "on_success_id", "on_failure_id")
    return [(str(pk), str(link)) for pk, *links in rows for link in links if link]


def _back(goal: str, came_from: dict[str, str | None]) -> list[str]:
    found: list[str] = []
    at: str | None = goal
    while at is not None:
        found.append(at)
        at = came_from[at]
    return found[::-1]
