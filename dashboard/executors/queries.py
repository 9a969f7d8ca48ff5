"""What the pages of executors read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from django.db.models import Case, F, QuerySet, Value, When

from dashboard.executors.slots import LiveLease
from executors.api import queries as api
from executors.errors import ExecutorNotFound
from executors.models import Executor, HealthCheck
from executors.states import LIVE, ExecutorStatus
from jobs.sql import Cursor, array

WINDOW = 60.0
"""Seconds over which rates are taken."""
SAMPLE = 10_000
"""Jobs that are looked at for them; where more ended within the window, these are the latest."""
CHECKS_SHOWN = 30
LATEST = 20_000
"""Executions among which those of one executor are looked for."""

_LEASES = """
    SELECT lease.executor_id::text, lease.id::text, lease.job_type, lease.kind, lease.slots,
           lease.size, lease.done, lease.state = 'claimed',
           COALESCE(lease.claimed_at, lease.assigned_at), job.id::text, COALESCE(job.name, '')
      FROM executors_lease lease
      LEFT JOIN LATERAL (
           SELECT job_id FROM executors_execution
            WHERE lease_id = lease.id AND state IN ('running', 'assigned')
            ORDER BY state = 'running' DESC, id LIMIT 1) AS execution ON true
      LEFT JOIN jobs_job job ON job.id = execution.job_id
     WHERE lease.executor_id = ANY(%s::uuid[]) AND lease.state = ANY(%s)
"""

_RATES = """
    WITH ended AS MATERIALIZED (
        SELECT executor, status, completed_at FROM jobs_job
         WHERE completed_at > now() - make_interval(secs => %(window)s)
         ORDER BY completed_at DESC LIMIT %(sample)s
    ), span AS (
        SELECT CASE WHEN count(*) < %(sample)s THEN %(window)s::float8
                    ELSE GREATEST(0.001, extract(epoch FROM now() - min(completed_at))) END
                 AS seconds
          FROM ended
    )
    SELECT executor, 60 * count(*) / seconds,
           60 * count(*) FILTER (WHERE status = 'failed') / seconds
      FROM ended, span WHERE executor = ANY(%(names)s) GROUP BY executor, seconds
"""


class Rates(NamedTuple):
    """Jobs that ended on an executor, and failed ones among them, a minute."""

    ended: float = 0.0
    failed: float = 0.0


def executors(name: str = "", status: str = "") -> QuerySet[Executor]:
    """The executors that are asked for, by name, those that are offline last."""
    rows = Executor.objects.select_related("member")
    if name:
        rows = rows.filter(name__icontains=name)
    if status:
        rows = rows.filter(status=status)
    offline = Case(When(status=ExecutorStatus.OFFLINE, then=Value(1)), default=Value(0))
    return rows.order_by(offline, "name")


def executor(executor_id: str) -> Executor:
    """One executor; raises `ExecutorNotFound`."""
    found = Executor.objects.select_related("member").filter(pk=executor_id).first()
    if found is None:
        raise ExecutorNotFound(name=executor_id)
    return found


def live_leases(cursor: Cursor, ids: Collection[str]) -> dict[str, list[LiveLease]]:
    """The live leases of executors by their ids, each with a job in it."""
    cursor.execute(_LEASES, (array(ids), list(LIVE)))
    found: dict[str, list[LiveLease]] = defaultdict(list)
    for row in cursor.fetchall():
        lease = LiveLease(*row)
        found[lease.executor].append(lease)
    return found


def rates(cursor: Cursor, names: Sequence[str]) -> dict[str, Rates]:
    """How many jobs end on executors a minute, by their names."""
    cursor.execute(_RATES, {"window": WINDOW, "sample": SAMPLE, "names": list(names)})
    return {name: Rates(ended, failed) for name, ended, failed in cursor.fetchall()}


def checks(cursor: Cursor, ids: Collection[str]) -> dict[str, list[HealthCheck]]:
    """The latest checks of HTTP executors by their ids, the oldest first."""
    cursor.execute(
        """
        SELECT executor.id::text, its.at, its.healthy, its.seconds, its.detail
          FROM unnest(%s::uuid[]) AS executor (id)
         CROSS JOIN LATERAL (
               SELECT * FROM executors_healthcheck WHERE executor_id = executor.id
                ORDER BY id DESC LIMIT %s) AS its
         ORDER BY its.id
        """,
        (array(ids), CHECKS_SHOWN),
    )
    found: dict[str, list[HealthCheck]] = defaultdict(list)
    for id_, at, healthy, seconds, detail in cursor.fetchall():
        found[id_].append(HealthCheck(at=at, healthy=healthy, seconds=seconds, detail=detail))
    return found


def latest_executions(cursor: Cursor, executor_id: str, count: int) -> list[dict[str, Any]]:
    """What an executor ran lately, the newest first: found among the latest executions of all.

    No index names the executor of an execution; it ends as soon as it has found enough.
    """
    cursor.execute(
        """
        SELECT id FROM (SELECT id, executor_id FROM executors_execution
                         ORDER BY id DESC LIMIT %s) AS latest
         WHERE executor_id = %s ORDER BY id DESC LIMIT %s
        """,
        (LATEST, executor_id, count),
    )
    rows = api.executions().filter(id__in=[row[0] for row in cursor.fetchall()]).order_by("-id")
    return [api.present(row) for row in rows.annotate(name=F("job__name"), type=F("job__type"))]
