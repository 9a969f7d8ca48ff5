"""What becomes of calls that were not taken: given back at no cost, lost, or to be failed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from executors import leases
from executors.gateway.decisions import Fate, fate
from executors.leases import HandedBack
from jobs import types
from jobs.sql import Cursor, array

FAILED = "hand_over_failed"
"""The error code of executions that their executor failed to take."""
BUSY = "executor_busy"


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A call that its executor did not take, as far as one can know; `detail` says why.

    `blameless` is true where the executor had no part in that. `busy_task` is the task whose jobs
    alone it is busy with.
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
    busy_task: str | None = None


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
