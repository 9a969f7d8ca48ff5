"""How a job comes into being."""

from __future__ import annotations

import json
from collections.abc import Sequence

from jobs import events, labels
from jobs.errors import JobNotFound, NotFinished
from jobs.ids import uuid7
from jobs.sql import Cursor, Statement, array, numbers, uuids
from jobs.states import FINAL, JobState
from jobs.submission import NewJob, Submitted
from jobs.wishes import LoadBalanceStrategy, OnShortage, Placing

LOOKS = 5
"""How often a unique key is looked up whose holder became final in between."""


def submit(cursor: Cursor, jobs: Sequence[NewJob]) -> list[Submitted]:
    """Stores jobs; in their order, the new id, or the live job's that has the unique key."""
    ids = [uuid7() for _ in jobs]
    created = _insert(cursor, ids, jobs)
    found = [Submitted(id_, created=True) for id_ in ids]
    for index, (id_, job) in enumerate(zip(ids, jobs, strict=True)):
        if id_ not in created:
            found[index] = _holder_or_new(cursor, id_, job)
    return found


_INSERT = Statement(
    """
    INSERT INTO jobs_job
          (id, type, payload, name, priority, thread_demand, placement_class, run_at,
           max_attempts, timeout, unique_key, retry_of, task_id, scheduled_for,
           submitted_by, chunks, placement, on_shortage, requires, retry,
           load_balance_strategy, routing_key, external, status, created_at, available_at, attempt,
           isolated)
    SELECT n.*,
           CASE WHEN n.run_at > now() THEN 'scheduled' ELSE 'queued' END,
           now(), GREATEST(n.run_at, now()), 0, false
      FROM unnest($1::uuid[], $2::text[], $3::jsonb[], $4::text[], $5::int[], $6::int[],
                  $7::text[], $8::timestamptz[], $9::int[], $10::float8[], $11::text[],
                  $12::uuid[], $13::uuid[], $14::timestamptz[], $15::text[], $16::int[],
                  $17::text[], $18::text[], $19::jsonb[], $20::jsonb[], $21::text[], $22::text[],
                  $23::jsonb[])
        AS n (id, type, payload, name, priority, thread_demand, placement_class, run_at,
              max_attempts, timeout, unique_key, retry_of, task_id, scheduled_for,
              submitted_by, chunks, placement, on_shortage, requires, retry,
              load_balance_strategy, routing_key, external)
    ON CONFLICT (unique_key) WHERE is_active AND unique_key IS NOT NULL DO NOTHING
    RETURNING id::text
    """
)


def _insert(cursor: Cursor, ids: Sequence[str], jobs: Sequence[NewJob]) -> set[str]:
    """Inserts what no live unique key forbids; the ids inserted."""
    _INSERT.run(
        cursor,
        uuids(ids),
        array(job.type for job in jobs),
        array(job.payload for job in jobs),
        array(job.name for job in jobs),
        numbers(job.priority for job in jobs),
        numbers(job.thread_demand for job in jobs),
        array(job.placement_class for job in jobs),
        array(job.run_at for job in jobs),
        numbers(job.max_attempts for job in jobs),
        array(job.timeout for job in jobs),
        array(job.unique_key for job in jobs),
        array(job.retry_of for job in jobs),
        array(job.task_id for job in jobs),
        array(job.scheduled_for for job in jobs),
        array(job.submitted_by for job in jobs),
        array(job.chunks for job in jobs),
        array(job.placement for job in jobs),
        array(job.on_shortage for job in jobs),
        array(labels.canonical(job.requires) for job in jobs),
        array(job.retry for job in jobs),
        array(job.load_balance_strategy for job in jobs),
        array(job.routing_key for job in jobs),
        array(job.external for job in jobs),
    )
    return {row[0] for row in cursor.fetchall()}


def _holder_or_new(cursor: Cursor, id_: str, job: NewJob) -> Submitted:
    """The live job with this unique key, or the new one if its holder became final meanwhile."""
    for _ in range(LOOKS):
        cursor.execute(
            "SELECT id::text FROM jobs_job WHERE unique_key = %s AND is_active",
            (job.unique_key,),
        )
        if row := cursor.fetchone():
            return Submitted(row[0], created=False)
        if _insert(cursor, [id_], [job]):
            return Submitted(id_, created=True)
    message = f"The unique key {job.unique_key!r} changed hands {LOOKS} times in a row."
    raise RuntimeError(message)


def retry(cursor: Cursor, job_id: str, actor: str) -> Submitted:
    """Submits a copy of a finished job. Raises `JobNotFound` or `NotFinished`."""
    cursor.execute(
        """
        SELECT status, type, payload::text, name, priority, thread_demand, max_attempts, timeout,
               unique_key, chunks, placement, on_shortage, requires::text, retry::text,
               load_balance_strategy, routing_key, external::text
          FROM jobs_job WHERE id = %s
        """,
        (job_id,),
    )
    row = cursor.fetchone()
    if row is None:
        raise JobNotFound(id=job_id)
    status, type_, payload, name, priority, demand, max_attempts, timeout, unique_key = row[:9]
    chunks, placement, on_shortage, requires, policy, strategy, routing_key, external = row[9:]
    if status not in FINAL:
        raise NotFinished(status=JobState(status).value)
    copy = NewJob(
        type=type_,
        payload=payload,
        name=name,
        priority=priority,
        thread_demand=demand,
        max_attempts=max_attempts,
        timeout=timeout,
        unique_key=unique_key,
        retry_of=job_id,
        submitted_by=actor,
        chunks=chunks,
        placement=Placing(placement),
        on_shortage=OnShortage(on_shortage),
        requires=json.loads(requires),
        retry=policy,
        load_balance_strategy=strategy and LoadBalanceStrategy(strategy),
        routing_key=routing_key,
        external=external,
    )
    (submitted,) = submit(cursor, [copy])
    if submitted.created:
        events.record(cursor, events.RETRIED, [(job_id, {"retried_as": submitted.id})], actor)
    return submitted
