"""Which executors tasks are linked to."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from jobs import labels
from jobs.sql import Cursor, Statement, array
from scheduling.dispatching.memory import subjects
from scheduling.placement import Capacity, Link, QueuedJob


def tasks_of(jobs: Collection[QueuedJob]) -> set[str]:
    """Ids of the tasks whose links matter to these jobs."""
    found = {its.removeprefix("task:") for its in subjects(jobs) if its.startswith("task:")}
    for job in jobs:
        found |= {
            name.removeprefix(labels.LINK)
            for name, _ in job.requires
            if name.startswith(labels.LINK)
        }
    return found


_LINKS = Statement(
    """
    SELECT executor_id::text, task_id::text, priority, weight FROM scheduling_taskexecutor
     WHERE task_id = ANY($1::uuid[])
    """
)


def add_links(cursor: Cursor, capacity: Iterable[Capacity], task_ids: Collection[str]) -> None:
    """Tells executors which of these tasks they are linked to, by a label too."""
    if not task_ids:
        return
    _LINKS.run(cursor, array(task_ids))
    links: dict[str, dict[str, Link]] = {}
    for executor_id, task_id, priority, weight in cursor.fetchall():
        links.setdefault(executor_id, {})[task_id] = Link(priority, weight)
    for its in capacity:
        if its.executor_id in links:
            its.links = links[its.executor_id]
            linked = {f"{labels.LINK}{task_id}": labels.LINKED for task_id in its.links}
            its.labels = {**its.labels, **linked}
