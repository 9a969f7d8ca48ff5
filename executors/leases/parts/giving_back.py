"""How a part ends without an outcome: released unstarted, or lost with its executor."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from executors.leases.parts.endings import CLOSE_DROPPED, DROP_PARTS, TRY_AGAIN
from jobs import lifecycle
from jobs.ids import uuid7
from jobs.sql import Cursor, array, uuids
from jobs.states import in_sources


@dataclass(frozen=True, slots=True)
class GivenBack:
    """A part that its executor no longer has; `costs` an attempt if it had begun.

    One that had begun and is not `repeatable` fails its job.
    """

    execution_id: str
    costs: bool
    repeatable: bool = True


def give_back(cursor: Cursor, parts: Sequence[GivenBack], state: str, reason: str) -> list[str]:
    """Ends unfinished executions as `state` (released, lost) and queues the parts anew.

    The caller holds the locks of their jobs. A part out of attempts fails its job with `reason`;
    a job that was cancelled ends. Returns the ids of the jobs.
    """
    error = json.dumps({"code": "lost", "message": reason})
    cursor.execute(
        f"""
        WITH back AS (
            SELECT * FROM unnest(%(executions)s::uuid[], %(ids)s::uuid[], %(costs)s::bool[],
                                 %(repeatable)s::bool[])
                       AS back (execution_id, new_id, costs, repeatable)
        ), ended AS (
            UPDATE executors_execution execution
               SET state = %(state)s,
                   started_at = CASE WHEN %(state)s = 'released' THEN NULL
                                     ELSE execution.started_at END,
                   completed_at = CASE WHEN %(state)s = 'released' THEN NULL ELSE now() END
              FROM back
             WHERE execution.id = back.execution_id AND execution.state IN ('assigned', 'running')
            RETURNING back.*, execution.job_id, execution.kind, execution.chunk, execution.attempt,
                      execution.executor_id
        ), fate AS (
            SELECT ended.*, job.cancel_requested_at IS NOT NULL AS cancelled,
                   costs AND (ended.attempt >= job.max_attempts OR NOT repeatable
                              OR job.retry->'give_up_on' @> '"lost"') AS failed
              FROM ended
              JOIN jobs_job job ON job.id = ended.job_id
             WHERE job.status IN ({in_sources("end_parted")})
        ), verdict AS (
            SELECT DISTINCT ON (job_id) job_id, execution_id, NULL::jsonb AS result,
                   CASE WHEN cancelled THEN 'cancelled' ELSE 'failed' END AS state,
                   CASE WHEN NOT cancelled THEN %(error)s::jsonb END AS error,
                   now() AS completed_at
              FROM fate WHERE cancelled OR failed ORDER BY job_id
        ), finished AS ({lifecycle.END_PARTED}
        ), again AS (
            SELECT new_id, job_id, kind, chunk, executor_id, attempt + costs::int AS attempt,
                   0 AS delay
              FROM fate
        ), queued AS ({TRY_AGAIN}
        ), dropped AS ({DROP_PARTS}
        ), freed AS ({CLOSE_DROPPED}
        ), noted AS (
            INSERT INTO jobs_jobevent (job_id, kind, actor, data)
            SELECT job_id, 'lost', '',
                   jsonb_build_object('alone', true, 'chunk', chunk, 'reason', %(reason)s::text)
              FROM fate WHERE costs
        )
        SELECT job_id::text FROM fate
        """,
        {
            "executions": uuids(part.execution_id for part in parts),
            "ids": uuids(uuid7() for _ in parts),
            "costs": array(part.costs for part in parts),
            "repeatable": array(part.repeatable for part in parts),
            "state": state,
            "reason": reason,
            "error": error,
        },
    )
    return [row[0] for row in cursor.fetchall()]
