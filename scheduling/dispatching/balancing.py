"""What load balancing takes beside executors and queued jobs: links of tasks, and memory."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta

from executors.balancing.strategy import State
from jobs import labels
from jobs.sql import Cursor, Statement, array
from jobs.wishes import LoadBalanceStrategy
from scheduling.placement import Balance, Capacity, Link, Memory, QueuedJob, Subject


def balance(
    strategy: str, routing_key: str | None, task_id: str | None, job: QueuedJob
) -> Balance | None:
    """How a job's executor is chosen; None for the least loaded one.

    Choices are remembered for a task; else for a type, apart for other labels, which others have.
    Only consistent hashing looks at the key.
    """
    chosen = LoadBalanceStrategy(strategy)
    if chosen is LoadBalanceStrategy.LEAST_LOADED:
        return None
    if task_id:
        subject = f"task:{task_id}"
    elif job.requires:
        digest = labels.digest({**dict(job.requires), "": job.type})
        subject = f"type:{job.type[:80]}/{digest}"
    else:
        subject = f"type:{job.type}"
    hashes = chosen is LoadBalanceStrategy.CONSISTENT_HASH
    return Balance(chosen, subject, (routing_key or subject) if hashes else "")


def tasks_of(jobs: Collection[QueuedJob]) -> set[str]:
    """Ids of the tasks whose links matter to these jobs."""
    found = {its.removeprefix("task:") for its in _subjects(jobs) if its.startswith("task:")}
    for job in jobs:
        found |= {
            name.removeprefix(labels.LINK)
            for name, _ in job.requires
            if name.startswith(labels.LINK)
        }
    return found


def _subjects(jobs: Iterable[QueuedJob]) -> set[str]:
    return {job.balance.subject for job in jobs if job.balance}


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


_RECALL = Statement(
    """
    SELECT date_part('epoch', now()), state.subject, state.strategy, state.state::text
      FROM (SELECT) always
      LEFT JOIN executors_loadbalancestate state ON state.subject = ANY($1::text[])
    """
)


def recall(cursor: Cursor, jobs: Iterable[QueuedJob]) -> Memory:
    """What the strategies of these jobs remember."""
    subjects = _subjects(jobs)
    if not subjects:
        return Memory()
    _RECALL.run(cursor, array(subjects))
    rows = cursor.fetchall()
    states = {
        (subject, LoadBalanceStrategy(strategy)): json.loads(state)
        for _, subject, strategy, state in rows
        if subject
    }
    return Memory(states, rows[0][0])


KEPT = timedelta(days=90)
"""What nobody's choice has moved for so long is forgotten."""


def forget(cursor: Cursor) -> None:
    """Removes what is remembered of tasks and types that are no longer used."""
    cursor.execute("DELETE FROM executors_loadbalancestate WHERE updated_at < now() - %s", (KEPT,))


_REMEMBER = Statement(
    """
    INSERT INTO executors_loadbalancestate (subject, strategy, state)
    SELECT * FROM unnest($1::text[], $2::text[], $3::jsonb[])
        ON CONFLICT (subject, strategy)
        DO UPDATE SET state = excluded.state, updated_at = now()
    """
)


def remember(cursor: Cursor, states: Mapping[Subject, State]) -> None:
    """Stores what strategies remember now; in the transaction that makes what they chose."""
    if states:
        _REMEMBER.run(
            cursor,
            array(subject for subject, _ in states),
            array(strategy for _, strategy in states),
            array(json.dumps(state) for state in states.values()),
        )
