"""How leases end without an outcome: released unstarted, or lost with their executor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from executors.leases.parts.giving_back import GivenBack, give_back
from jobs import lifecycle, types
from jobs.lifecycle import Placed
from jobs.sql import Cursor, array


class HandedBack(NamedTuple):
    """A claimed lease that its HTTP executor did not take; the `error` that says why is JSON."""

    lease_id: str
    error: str


class _Unfinished(NamedTuple):
    lease_id: str
    claimed: bool
    size: int
    job_type: str
    pair: Placed
    is_part: bool


def release(cursor: Cursor, lease_ids: Iterable[str]) -> list[str]:
    """Gives back leases that nobody claimed, at no cost to their jobs; ids of jobs queued."""
    unclaimed = [row for row in _unfinished(cursor, lease_ids) if not row.claimed]
    pairs = [row.pair for row in unclaimed if not row.is_part]
    queued = lifecycle.requeue(cursor, pairs, isolate=False)
    _end_executions(cursor, pairs, "released")
    queued += _give_back_parts(cursor, unclaimed, "released", "")
    _end_leases(cursor, {row.lease_id for row in unclaimed}, "released", "assigned")
    return queued


def release_unstarted(cursor: Cursor, pairs: Sequence[Placed]) -> list[str]:
    """Gives back the rest of a claimed lease, which goes on with the job in its hands."""
    queued = lifecycle.requeue(cursor, pairs, isolate=False)
    _end_executions(cursor, pairs, "released")
    return queued


def hand_back(cursor: Cursor, handed_back: Sequence[HandedBack]) -> list[str]:
    """Gives back claimed leases that were never taken, at no cost; ids of jobs queued."""
    errors = dict(handed_back)
    claimed = [row for row in _unfinished(cursor, errors) if row.claimed]
    pairs = [row.pair for row in claimed if not row.is_part]
    queued = lifecycle.requeue(cursor, pairs, isolate=False)
    _end_executions(cursor, pairs, "released")
    queued += _give_back_parts(cursor, claimed, "released", "", free=True)
    _note_errors(cursor, {row.pair.execution_id: errors[row.lease_id] for row in claimed})
    _end_leases(cursor, {row.lease_id for row in claimed}, "released", "claimed")
    return queued


def lose(cursor: Cursor, lease_ids: Iterable[str], reason: str) -> list[str]:
    """Writes off live leases; ids of the jobs that changed.

    What was unclaimed, and what is left of a batch, is queued again at no cost (the latter to
    run alone from now on); a job that ran alone has used up an attempt.
    """
    lease_ids = list(lease_ids)
    unfinished = _unfinished(cursor, lease_ids)
    rows = [row for row in unfinished if not row.is_part]
    unclaimed = [row.pair for row in rows if not row.claimed]
    batched = [row.pair for row in rows if row.claimed and row.size > 1]
    alone = [row for row in rows if row.claimed and row.size == 1]
    changed = lifecycle.requeue(cursor, unclaimed, isolate=False) if unclaimed else []
    changed += lifecycle.requeue(cursor, batched, isolate=True) if batched else []
    for repeatable in (True, False):
        pairs = [row.pair for row in alone if types.is_repeatable(row.job_type) is repeatable]
        if pairs:
            changed += lifecycle.lose(cursor, pairs, reason, repeatable=repeatable)
    _end_executions(cursor, [row.pair for row in rows], "lost")
    changed += _give_back_parts(cursor, unfinished, "lost", reason)
    _end_leases(cursor, lease_ids, "lost", "assigned", "claimed")
    return changed


def _give_back_parts(
    cursor: Cursor, rows: Sequence[_Unfinished], state: str, reason: str, *, free: bool = False
) -> list[str]:
    given_back = [
        GivenBack(
            row.pair.execution_id, row.claimed and not free, types.is_repeatable(row.job_type)
        )
        for row in rows
        if row.is_part
    ]
    return give_back(cursor, given_back, state, reason) if given_back else []


def _unfinished(cursor: Cursor, lease_ids: Iterable[str]) -> list[_Unfinished]:
    """What is left to do in these leases, read again under the locks of its jobs.

    A claim or an outcome needs those locks first, so nothing can change behind the second look.
    """
    lease_ids = list(lease_ids)
    first_look = _look(cursor, lease_ids)
    lifecycle.lock(cursor, [row.pair.job_id for row in first_look])
    return _look(cursor, lease_ids)


def _look(cursor: Cursor, lease_ids: Sequence[str]) -> list[_Unfinished]:
    cursor.execute(
        """
        SELECT lease.id::text, lease.state = 'claimed', lease.size, lease.job_type,
               execution.job_id::text, execution.id::text, execution.kind <> 'whole'
          FROM executors_lease lease
          JOIN executors_execution execution ON execution.lease_id = lease.id
         WHERE lease.id = ANY(%s::uuid[]) AND lease.state IN ('assigned', 'claimed')
           AND execution.state IN ('assigned', 'running')
        """,
        (array(lease_ids),),
    )
    return [
        _Unfinished(lease_id, claimed, size, job_type, Placed(job_id, execution_id), is_part)
        for lease_id, claimed, size, job_type, job_id, execution_id, is_part in cursor.fetchall()
    ]


def _end_executions(cursor: Cursor, pairs: Sequence[Placed], state: str) -> None:
    cursor.execute(
        """
        UPDATE executors_execution
           SET state = %s, started_at = CASE WHEN %s = 'released' THEN NULL ELSE started_at END,
               completed_at = CASE WHEN %s = 'released' THEN NULL ELSE now() END
         WHERE id = ANY(%s::uuid[]) AND state IN ('assigned', 'running')
        """,
        (state, state, state, array(pair.execution_id for pair in pairs)),
    )


def _note_errors(cursor: Cursor, errors: Mapping[str, str]) -> None:
    cursor.execute(
        """
        UPDATE executors_execution execution SET error = noted.error
          FROM unnest(%s::uuid[], %s::jsonb[]) AS noted (id, error)
         WHERE execution.id = noted.id AND execution.state = 'released'
        """,
        (array(errors.keys()), array(errors.values())),
    )


def _end_leases(cursor: Cursor, lease_ids: Iterable[str], state: str, *sources: str) -> None:
    cursor.execute(
        """
        UPDATE executors_lease SET state = %s, closed_at = now()
         WHERE id = ANY(%s::uuid[]) AND state = ANY(%s)
        """,
        (state, array(lease_ids), list(sources)),
    )
