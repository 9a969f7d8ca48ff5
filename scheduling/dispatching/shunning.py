"""Executors that said they are busy with jobs of one task: others go there all the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from executors.states import Protocol
from jobs.sql import Cursor, Statement, array
from scheduling.placement import Capacity, QueuedJob

_BUSY = Statement(
    """
    SELECT busy.task_id, array_agg(member.executor_id::text)
      FROM executors_member member, jsonb_each(member.busy_with) AS busy (task_id, its)
     WHERE busy.task_id = ANY($1::text[])
       AND (busy.its->>'until')::float8 > date_part('epoch', now())
     GROUP BY busy.task_id
    """
)


def shun(cursor: Cursor, jobs: Collection[QueuedJob], capacity: Iterable[Capacity]) -> None:
    """Has each job shun the executors that are busy with its task."""
    tasks = {job.task_id for job in jobs if job.task_id}
    if not tasks or all(its.protocol is Protocol.CELERY for its in capacity):
        return
    _BUSY.run(cursor, array(tasks))
    busy = {task_id: frozenset(executors) for task_id, executors in cursor.fetchall()}
    if busy:
        for job in jobs:
            job.shunned = busy.get(job.task_id or "", job.shunned)
