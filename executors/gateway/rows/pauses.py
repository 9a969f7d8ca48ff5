"""Executors that did not take a call are left alone for a while, until they take one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from executors import leases
from executors.gateway.decisions import busy_with, left_alone
from executors.gateway.rows import checks
from executors.gateway.rows.checks import Finding
from executors.gateway.rows.outcomes import NotTaken
from jobs.sql import Cursor, Statement, array, numbers, uuids

_END = Statement(
    """
    WITH taken AS (
        SELECT lease.executor_id,
               array_remove(array_agg(DISTINCT job.task_id::text), NULL) AS tasks
          FROM executors_lease lease
          JOIN executors_execution execution ON execution.lease_id = lease.id
          JOIN jobs_job job ON job.id = execution.job_id
         WHERE lease.id = ANY($1::uuid[])
         GROUP BY lease.executor_id
    )
    UPDATE executors_member member
       SET refusals = 0, busy_until = NULL, busy_with = busy_with - taken.tasks
      FROM taken
     WHERE member.executor_id = taken.executor_id
       AND (refusals > 0 OR busy_until IS NOT NULL OR busy_with ?| taken.tasks)
    """
)


def note_taken(cursor: Cursor, lease_ids: Iterable[str]) -> None:
    """These were accepted: their executors are no longer left alone."""
    ids = sorted(lease_ids)
    leases.note_accepted(cursor, ids)
    _END.run(cursor, uuids(ids))


def leave_alone(cursor: Cursor, refused: Sequence[NotTaken]) -> None:
    """Their executors get nothing for a while; no answer counts as a failed check too.

    In a transaction before that of `settle`, or they would be handed the same again at once. What
    is over by now, such as by a report that was quicker than the answer, does not count.
    """
    refused = _unsettled(cursor, [its for its in refused if not its.blameless])
    members = _lock(cursor, sorted({its.executor_id for its in refused}))
    _pause(cursor, members, [its for its in refused if its.busy_task is None])
    _pause_tasks(cursor, members, [its for its in refused if its.busy_task is not None])
    silent = {its.executor_id: its.detail for its in refused if its.unanswered}
    checks.note(cursor, [Finding(id_, False, detail=detail) for id_, detail in silent.items()])


def _unsettled(cursor: Cursor, refused: Sequence[NotTaken]) -> list[NotTaken]:
    cursor.execute(
        "SELECT id::text FROM executors_lease WHERE id = ANY(%s::uuid[]) AND state = 'claimed'",
        (uuids(its.lease_id for its in refused),),
    )
    claimed = {row[0] for row in cursor.fetchall()}
    return [its for its in refused if its.lease_id in claimed]


Members = dict[str, tuple[int, dict[str, dict[str, float]], float]]
"""By an executor's id: its refusals, what it is busy with, and the time in epoch seconds."""


def _lock(cursor: Cursor, executor_ids: Sequence[str]) -> Members:
    cursor.execute(
        """
        SELECT executor_id::text, refusals, busy_with::text,
               extract(epoch FROM now())::float8
          FROM executors_member
         WHERE executor_id = ANY(%s::uuid[]) ORDER BY executor_id FOR UPDATE
        """,
        (uuids(executor_ids),),
    )
    rows = cursor.fetchall()
    return {id_: (count, json.loads(its or "{}"), now) for id_, count, its, now in rows}


def _pause(cursor: Cursor, members: Members, refused: Sequence[NotTaken]) -> None:
    failed = {its.executor_id for its in refused if not its.busy}
    ids = [id_ for id_ in members if any(its.executor_id == id_ for its in refused)]
    pauses = [left_alone(members[id_][0] + 1, busy=id_ not in failed) for id_ in ids]
    cursor.execute(
        """
        UPDATE executors_member member
           SET refusals = refusals + 1, busy_until = now() + pause.seconds * interval '1 s'
          FROM unnest(%s::uuid[], %s::float8[]) AS pause (executor_id, seconds)
         WHERE member.executor_id = pause.executor_id
        """,
        (uuids(ids), numbers(pauses)),
    )


def _pause_tasks(cursor: Cursor, members: Members, refused: Sequence[NotTaken]) -> None:
    changed: dict[str, str] = {}
    for id_, (_, known, now) in members.items():
        tasks = {its.busy_task for its in refused if its.executor_id == id_ and its.busy_task}
        if tasks:
            changed[id_] = json.dumps(busy_with(known, tasks, now))
    cursor.execute(
        """
        UPDATE executors_member member SET busy_with = its.busy_with::jsonb
          FROM unnest(%s::uuid[], %s::text[]) AS its (executor_id, busy_with)
         WHERE member.executor_id = its.executor_id
        """,
        (uuids(changed), array(changed.values())),
    )
