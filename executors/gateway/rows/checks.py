"""Health checks: which are due, and what came of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from executors.gateway.rows.targets import TARGET, target
from executors.protocols.contract import Target
from jobs.sql import Cursor, Statement, array, uuids

DETAIL_MAX = 300


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of an executor's health; `seconds` until it answered, if it did."""

    executor_id: str
    healthy: bool
    seconds: float | None = None
    detail: str = ""


# A check is due an interval after the last one was, not after it was made, so that checks stay as
# evenly spread as chance made them: after an executor's first, and after a time without a gateway.
_DUE = Statement(
    f"""
    WITH due AS (
        SELECT executor_id FROM executors_member
         WHERE next_check_at <= now() AND "group" <> ALL ($2::text[])
         ORDER BY next_check_at LIMIT $1
           FOR UPDATE SKIP LOCKED
    ), member AS (
        UPDATE executors_member member
           SET next_check_at = CASE
                   WHEN member.next_check_at > now() - member.health_interval * interval '1 s'
                        AND member.checks_passed + member.checks_failed > 0
                   THEN member.next_check_at + member.health_interval * interval '1 s'
                   ELSE now() + random() * member.health_interval * interval '1 s' END
          FROM due
         WHERE member.executor_id = due.executor_id
        RETURNING member.*
    )
    SELECT {TARGET}
      FROM member
      JOIN executors_executor executor ON executor.id = member.executor_id
     WHERE NOT member.shut
    """
)


def due(cursor: Cursor, limit: int, besides: Collection[str] = ()) -> list[Target]:
    """Takes up to `limit` checks that are due, so that no other gateway makes them too.

    None of the groups `besides`.
    """
    _DUE.run(cursor, limit, array(besides))
    return [target(*row) for row in cursor.fetchall()]


_NOTE = Statement(
    """
    WITH finding AS (
        SELECT DISTINCT ON (executor_id) *
          FROM unnest($1::uuid[], $2::bool[], $3::float8[], $4::text[])
                    AS finding (executor_id, healthy, seconds, detail)
         ORDER BY executor_id
    ), known AS (
        SELECT finding.* FROM finding
          JOIN executors_member member ON member.executor_id = finding.executor_id
         ORDER BY finding.executor_id
           FOR UPDATE OF member
    ), member AS (
        UPDATE executors_member member
           SET checks_failed = CASE WHEN healthy THEN 0 ELSE checks_failed + 1 END,
               checks_passed = CASE WHEN healthy THEN checks_passed + 1 ELSE 0 END
          FROM known
         WHERE member.executor_id = known.executor_id AND member.next_check_at IS NOT NULL
        RETURNING member.*
    ), history AS (
        INSERT INTO executors_healthcheck (executor_id, healthy, seconds, detail)
        SELECT executor_id, healthy, seconds, detail FROM known
    )
    UPDATE executors_executor executor
       SET status = CASE WHEN member.checks_failed > 0 THEN 'offline'
                         WHEN executor.drained_by IS NULL THEN 'online' ELSE 'draining' END
      FROM member
     WHERE executor.id = member.executor_id
       AND CASE WHEN member.checks_failed > 0
                THEN member.checks_failed >= member.failure_threshold
                     AND executor.status <> 'offline'
                ELSE member.checks_passed >= member.success_threshold
                     AND executor.status = 'offline' AND NOT member.shut
                     AND (member.heartbeat_timeout IS NULL OR executor.last_heartbeat
                          > now() - member.heartbeat_timeout * interval '1 s') END
    RETURNING executor.name, executor.status
    """
)


def note(cursor: Cursor, findings: Sequence[Finding]) -> list[tuple[str, str]]:
    """Writes findings down; the names of executors that are offline or back by them, with that.

    An executor that nobody checks only gets the entry: nothing would bring it back.
    """
    _NOTE.run(
        cursor,
        uuids(its.executor_id for its in findings),
        array(its.healthy for its in findings),
        array(its.seconds for its in findings),
        array(its.detail[:DETAIL_MAX] for its in findings),
    )
    return cursor.fetchall()
