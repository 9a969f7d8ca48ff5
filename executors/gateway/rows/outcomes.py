"""What came of calls, written: taken, given back at no cost, lost, or to be failed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from executors import leases
from executors.gateway.decisions import Fate, fate, left_alone
from executors.gateway.rows import checks
from executors.gateway.rows.checks import Finding
from executors.leases import HandedBack
from jobs import types
from jobs.sql import Cursor, array, numbers, uuids

FAILED = "hand_over_failed"
"""The error code of executions that their executor failed to take."""
BUSY = "executor_busy"


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A call that its executor did not take, as far as one can know; `detail` says why.

    `blameless` is true where the executor had no part in that.
    """

    lease_id: str
    execution_id: str
    executor_id: str
    job_type: str
    detail: str
    busy: bool = False
    uncertain: bool = False
    unanswered: bool = False
    blameless: bool = False


def note_taken(cursor: Cursor, lease_ids: Iterable[str]) -> None:
    """These were accepted: their executors are no longer left alone."""
    ids = uuids(sorted(lease_ids))
    leases.note_accepted(cursor, lease_ids)
    cursor.execute(
        """
        UPDATE executors_member member SET refusals = 0, busy_until = NULL
         WHERE (refusals > 0 OR busy_until IS NOT NULL)
           AND executor_id IN (SELECT executor_id FROM executors_lease WHERE id = ANY(%s::uuid[]))
        """,
        (ids,),
    )


def leave_alone(cursor: Cursor, refused: Sequence[NotTaken]) -> None:
    """Their executors get nothing for a while; no answer counts as a failed check too.

    In a transaction before that of `settle`, or they would be handed the same again at once. What
    is over by now, such as by a report that was quicker than the answer, does not count.
    """
    refused = _unsettled(cursor, [its for its in refused if not its.blameless])
    failed = {its.executor_id for its in refused if not its.busy}
    silent = {its.executor_id: its.detail for its in refused if its.unanswered}
    ids = sorted({its.executor_id for its in refused})
    cursor.execute(
        """
        SELECT executor_id::text, refusals + 1 FROM executors_member
         WHERE executor_id = ANY(%s::uuid[]) ORDER BY executor_id FOR UPDATE
        """,
        (uuids(ids),),
    )
    refusals = dict(cursor.fetchall())
    pauses = [left_alone(count, busy=id_ not in failed) for id_, count in refusals.items()]
    cursor.execute(
        """
        UPDATE executors_member member
           SET refusals = refusals + 1, busy_until = now() + pause.seconds * interval '1 s'
          FROM unnest(%s::uuid[], %s::float8[]) AS pause (executor_id, seconds)
         WHERE member.executor_id = pause.executor_id
        """,
        (uuids(refusals), numbers(pauses)),
    )
    checks.note(cursor, [Finding(id_, False, detail=detail) for id_, detail in silent.items()])


def _unsettled(cursor: Cursor, refused: Sequence[NotTaken]) -> list[NotTaken]:
    cursor.execute(
        "SELECT id::text FROM executors_lease WHERE id = ANY(%s::uuid[]) AND state = 'claimed'",
        (uuids(its.lease_id for its in refused),),
    )
    claimed = {row[0] for row in cursor.fetchall()}
    return [its for its in refused if its.lease_id in claimed]


def settle(cursor: Cursor, refused: Sequence[NotTaken], limit: int) -> list[NotTaken]:
    """Gives back what others may run and loses what must not run twice; those left have failed."""
    failed_before = _failed_before(cursor, [its.execution_id for its in refused])
    fates: dict[Fate, list[NotTaken]] = {each: [] for each in Fate}
    for its in refused:
        decided = fate(
            busy=its.busy,
            uncertain=its.uncertain,
            repeatable=types.is_repeatable(its.job_type),
            failed_before=failed_before.get(its.execution_id, 0),
            limit=limit,
        )
        fates[decided].append(its)
    leases.hand_back(cursor, [_handed_back(its) for its in fates[Fate.HAND_BACK]])
    for its in fates[Fate.LOSE]:
        leases.lose(cursor, [its.lease_id], f"Nobody knows whether it runs. {its.detail}")
    return fates[Fate.FAIL]


def _handed_back(its: NotTaken) -> HandedBack:
    code = BUSY if its.busy else FAILED
    return HandedBack(its.lease_id, json.dumps({"code": code, "message": its.detail}))


def _failed_before(cursor: Cursor, execution_ids: Iterable[str]) -> dict[str, int]:
    """How often the same attempts failed to be handed over before."""
    cursor.execute(
        """
        SELECT its.id::text, count(*)
          FROM executors_execution its
          JOIN executors_execution former
            ON former.job_id = its.job_id AND former.attempt = its.attempt
           AND former.kind = its.kind AND former.chunk IS NOT DISTINCT FROM its.chunk
         WHERE its.id = ANY(%s::uuid[]) AND former.state = 'released'
           AND former.error->>'code' = %s
         GROUP BY its.id
        """,
        (array(execution_ids), FAILED),
    )
    return dict(cursor.fetchall())
