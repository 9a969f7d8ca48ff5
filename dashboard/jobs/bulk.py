"""Does an action to many jobs, step by step, by the verbs that the API has for one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.http import QueryDict

from dashboard.jobs.asked import ORDER
from dashboard.jobs.counting import newest_id
from dashboard.jobs.plans import Plan, Progress
from jobs.api import batches
from jobs.api.filtering import narrow
from jobs.api.filters import JobFilter
from jobs.api.keyset import Place
from jobs.api.search import search
from jobs.models import Job
from jobs.sql import retry_on_deadlock

NOWHERE = "00000000-0000-0000-0000-000000000000"
"""An id that is before all others."""


def meant(plan: Plan) -> QuerySet[Any]:
    """The jobs of a plan whose state allows the action now; raises `InvalidRequest`."""
    filters, states = _filters(plan)
    if not states:
        return Job.objects.none()
    jobs = narrow(JobFilter(data=filters, queryset=Job.objects.all()))
    if plan.ids:
        jobs = jobs.filter(id__in=plan.ids)
    if plan.action == "set_priority":
        jobs = jobs.exclude(priority=plan.priority)
    return jobs.filter(id__lte=plan.until)


def now() -> tuple[str, str]:
    """The id of the newest job there is, and the database's time (ISO 8601)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    assert row is not None
    return newest_id() or NOWHERE, row[0].isoformat()


def step(progress: Progress) -> Progress:
    """Does the next jobs, all or none; raises `TookTooLong` if they are too hard to find."""
    plan = progress.plan
    place = Place(None, progress.edge, in_parts=progress.in_parts) if progress.edge else None
    page = search(meant(plan).values("id"), ORDER, place, plan.kind.step)
    ids = [str(row["id"]) for row in page.rows]
    fates = Counter(progress.fates) + Counter(_do(plan, ids)) if ids else progress.fates
    after = replace(progress, looked=progress.looked + len(ids), fates=dict(fates))
    if page.next is None:
        return replace(after, finished=True)
    return replace(after, edge=str(page.next.key), in_parts=page.next.in_parts)


def _do(plan: Plan, ids: Sequence[str]) -> Mapping[str, int]:
    """What came of some jobs, each counted once."""

    def work() -> Mapping[str, int]:
        if plan.action == "cancel":
            fates = list(batches.cancel(ids, plan.actor).values())
            return {
                "cancelled": fates.count("cancelled"),
                "asked to stop": fates.count("requested"),
            }
        if plan.action == "retry":
            return {"submitted again": len(batches.retry(_not_copied(plan, ids), plan.actor))}
        assert plan.priority is not None
        changed = batches.set_priority(ids, plan.priority, plan.actor)
        return {f"given priority {plan.priority}": len(changed)}

    return retry_on_deadlock(work)


def _not_copied(plan: Plan, ids: Sequence[str]) -> list[str]:
    """Those of which there is no copy since the plan was made.

    A step whose answer was lost is sent again: under a lock, so that the second one sees the copies
    of the first, and makes no others.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [plan.at + plan.actor]
        )
    copied = Job.objects.filter(retry_of__in=ids, created_at__gte=plan.at)
    known = {str(original) for original in copied.values_list("retry_of", flat=True)}
    return [job_id for job_id in ids if job_id not in known]


def _filters(plan: Plan) -> tuple[QueryDict, list[str]]:
    """The filters of the list, narrowed to the states that allow the action; and those states."""
    filters = QueryDict(plan.query, mutable=True)
    asked = {state for text in filters.getlist("status") for state in text.split(",") if state}
    states = [state.value for state in sorted(plan.kind.states) if not asked or state in asked]
    filters["status"] = ",".join(states)
    return filters, states
