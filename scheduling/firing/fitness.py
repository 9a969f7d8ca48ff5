"""Whether a task's payload still fits its type: the type may have changed since it was saved.

A payload is read and checked only where the type's schema is another than at its last check, so
that a tick costs no more for a large payload than for a small one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import ValidationError

from jobs import types
from jobs.errors import CeleriacError
from jobs.invalid import ErrorList, InvalidRequest
from jobs.sql import Cursor, array
from jobs.states import JobState
from scheduling.firing.definition import payload_schema, problem
from scheduling.firing.ticks import Tick


class PayloadNoLongerFits(CeleriacError):
    """The payload no longer fits the job type {type}: {reason}"""

    code = "invalid_payload"


def check(cursor: Cursor, ticks: Sequence[Tick], unchecked: Iterable[str]) -> None:
    """Has the ticks of tasks fail whose payload no longer fits; notes of the others that it does.

    `unchecked` are the ids of the tasks whose type has another schema than at the last check.
    """
    cursor.execute(
        "SELECT id::text, type, payload::text FROM scheduling_task WHERE id = ANY(%s::uuid[])",
        (array(unchecked),),
    )
    fits: dict[str, str] = {}
    errors: dict[str, str] = {}
    for task_id, job_type, payload in cursor.fetchall():
        try:
            _check(job_type, payload)
            fits[task_id] = payload_schema(job_type)
        except CeleriacError as error:
            errors[task_id] = problem(error)
    for tick in ticks:
        if (error_text := errors.get(tick.task_id)) and tick.payload is None:
            tick.status, tick.error = JobState.FAILED.value, error_text
    _note(cursor, fits)


def _check(job_type: str, payload: str) -> None:
    try:
        types.get(job_type).load_payload(payload)
    except ValidationError as error:
        found = ErrorList()
        found.add_all(("payload",), error)
        try:
            found.check()
        except InvalidRequest as invalid:
            reason = "; ".join(f"{its.field}: {its.message}" for its in invalid.errors[:5])
            raise PayloadNoLongerFits(type=job_type, reason=reason) from None


def _note(cursor: Cursor, fits: dict[str, str]) -> None:
    # A task that is being edited is checked again at its next tick: beat waits for no edit.
    cursor.execute(
        """
        WITH fit AS MATERIALIZED (
            SELECT task.id, n.digest
              FROM unnest(%s::uuid[], %s::text[]) AS n (id, digest)
              JOIN scheduling_task task ON task.id = n.id
             ORDER BY task.id FOR NO KEY UPDATE OF task SKIP LOCKED
        )
        UPDATE scheduling_task task SET checked_schema = fit.digest
          FROM fit WHERE task.id = fit.id
        """,
        (array(fits), array(fits.values())),
    )
