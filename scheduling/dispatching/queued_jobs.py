"""A queued job as placement sees it, from its row; and the SQL with which queued jobs are found."""

from __future__ import annotations

import json
from functools import lru_cache

from jobs import types
from jobs.errors import UnknownJobType
from jobs.wishes import OnShortage, Placing
from scheduling.dispatching.wishes import balance
from scheduling.placement import QueuedJob

CLASSES = """class (name) AS (
        (SELECT placement_class FROM jobs_job WHERE is_queued
          ORDER BY placement_class LIMIT 1)
        UNION ALL
        SELECT (SELECT placement_class FROM jobs_job
                 WHERE is_queued AND placement_class > class.name
                 ORDER BY placement_class LIMIT 1)
          FROM class WHERE class.name IS NOT NULL
    )"""
"""For WITH RECURSIVE: the placement classes of all queued jobs.

Each is found by one index probe, however many jobs it has.
"""


def columns(row: str) -> str:
    """What `queued_job` takes of a row of jobs."""
    return f"""
        {row}.id::text, {row}.type, {row}.priority,
        date_part('epoch', now() - {row}.available_at), {row}.thread_demand, {row}.isolated,
        {row}.timeout, {row}.chunks, {row}.placement, {row}.on_shortage, {row}.requires::text,
        {row}.load_balance_strategy, {row}.routing_key, {row}.task_id::text"""


def queued_job(
    id_: str,
    job_type: str,
    priority: int,
    age: float,
    thread_demand: int,
    isolated: bool,
    timeout: float | None,
    chunks: int | None,
    placement: str,
    on_shortage: str,
    requires: str,
    strategy: str | None,
    routing_key: str | None,
    task_id: str | None,
) -> QueuedJob:
    """A queued job as placement sees it, from its `columns`."""
    repeatable, chunkable = _traits(job_type)
    job = QueuedJob(
        id_,
        job_type,
        priority,
        age,
        thread_demand,
        isolated or timeout is not None or not repeatable,
        timeout,
        chunkable,
        chunks,
        Placing(placement),
        OnShortage(on_shortage),
        required_labels(requires),
        task_id=task_id,
    )
    if strategy:
        job.balance = balance(strategy, routing_key, task_id, job)
    return job


def _traits(job_type: str) -> tuple[bool, bool]:
    """Whether jobs of the type may be repeated, and can be split."""
    try:
        found = types.get(job_type)
    except UnknownJobType:
        return True, False
    return found.repeatable, found.chunkable


@lru_cache
def required_labels(requires: str) -> tuple[tuple[str, str], ...]:
    """What a job requires (JSON text), as placement compares it."""
    return tuple(sorted(json.loads(requires).items()))
