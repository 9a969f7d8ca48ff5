"""Explains a job: reads what decides about it at one moment, then asks the pure functions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from jobs.sql import Cursor
from jobs.states import FINAL, PLACED
from jobs.timelimit import time_limit
from scheduling.batching import BatchLimits
from scheduling.dispatching.situation import read_situation
from scheduling.explaining.answer import Explanation
from scheduling.explaining.answering import explanation
from scheduling.explaining.reading import rows
from scheduling.explaining.reading.ahead import read_ahead
from scheduling.explaining.reading.learning import learned
from scheduling.explaining.scene import History, Rules, Scene
from scheduling.placement import Policy

PATIENCE = 2.0
"""Seconds that Postgres may take for one statement."""
LEADER_PATIENCE = 10.0
"""Seconds after which a dispatcher that says nothing leads no more."""


def explain(job_id: str | UUID) -> Explanation:
    """Why the job waits, when it ends, or where its time went.

    Raises `JobNotFound`, or `TookTooLong` where the database is very busy.
    """
    rules = _rules()
    with _snapshot() as cursor:
        scene, history = _read(cursor, str(job_id), rules)
    return explanation(scene, history)


def _rules() -> Rules:
    its = settings.CELERIAC
    durations, slot_times = learned.know()
    return Rules(
        durations,
        BatchLimits(its["LEASE_SECONDS"], its["LEASE_MAX_JOBS"]),
        Policy(its["AGING_INTERVAL"], its["RESERVE_AFTER"], its["PREFERENCE_WAIT"]),
        slot_times,
    )


@contextmanager
def _snapshot() -> Iterator[Cursor]:
    """One moment for all that is read, in which nothing can be written."""
    outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        with time_limit(PATIENCE):
            yield cursor


def _read(cursor: Cursor, job_id: str, rules: Rules) -> tuple[Scene, History]:
    job, now = rows.read_job(cursor, job_id)
    scene = Scene(now, job, rules)
    if job.status in PLACED | FINAL:
        history = rows.read_history(cursor, job.id)
        parts_wait = any(its.available_at for its in history.attempts)
        return (_with_queue(cursor, scene) if parts_wait else scene), history
    return _with_queue(cursor, scene), History()


def _with_queue(cursor: Cursor, scene: Scene) -> Scene:
    """With all that the dispatcher reads, and who else stands in line."""
    rules, job = scene.rules, scene.job
    limit = settings.CELERIAC["HEARTBEAT_LIMIT"]
    seen = read_situation(cursor, rules.durations, rules.limits, limit, also=[job.queued])
    queued, moment = job.queued, job.available_at
    return replace(
        scene,
        capacity=seen.capacity,
        candidates=seen.queued,
        parts=seen.parts,
        memory=seen.memory,
        absent=rows.read_absent(cursor, limit),
        ahead=read_ahead(cursor, queued, scene.now, moment, seen.capacity, rules.policy),
        dispatcher_leads=rows.dispatcher_leads(cursor, LEADER_PATIENCE),
    )
