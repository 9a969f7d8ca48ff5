"""Finds a page of jobs in a bounded time, however few of many millions match.

A query is first left to Postgres, which is quick where an index helps or matches are frequent.
One that takes too long is asked again in parts, each a stretch of the primary key; when the time
is up, the search says how far it came, and the next one goes on there.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from jobs.api.keyset import Order, Place
from jobs.models import Job
from jobs.timelimit import TookTooLong, time_limit

ORDER = Order("-created_at", "id")
SALT = "ui/jobs"
"""Of the cursors."""

COUNTED = 100_000
"""Jobs that are counted."""
COUNT_SECONDS = 2.0
NEWER_COUNTED = 1000
NEWER_SECONDS = 0.3


@dataclass(frozen=True)
class Limits:
    """Seconds for the whole query, then for looking in parts of so many jobs."""

    at_once: float = 1.0
    in_parts: float = 2.0
    part: int = 20_000


@dataclass(frozen=True)
class Found:
    """Rows in the order of the search; `more` of them follow, or may follow past `reached`."""

    rows: list[dict[str, Any]]
    more: bool
    reached: UUID | None = None


@dataclass(frozen=True)
class Count:
    """How many jobs there are, or at least are; None: counting took too long."""

    number: int | None
    exact: bool

    @property
    def is_one(self) -> bool:
        """Whether there is exactly one."""
        return self.exact and self.number == 1

    def __str__(self) -> str:
        if self.number is None:
            return "an unknown number of"
        return f"{self.number:,}" if self.exact else f"more than {self.number:,}"


def search(
    jobs: QuerySet[Any],
    place: Place | None,
    size: int,
    limits: Limits = Limits(),
) -> Found:
    """The `size` jobs past a place, as dicts with at least `id`; raises `TookTooLong`."""
    backwards = place is not None and place.backwards
    jobs = jobs.order_by(*ORDER.terms(backwards=backwards))
    try:
        with time_limit(limits.at_once):
            rows = list(_past(jobs, place)[: size + 1])
    except TookTooLong:
        return _in_parts(jobs, place or Place(None, None), size, limits)
    return Found(rows[:size], more=len(rows) > size)


def count(jobs: QuerySet[Any]) -> Count:
    """How many there are, where they are not too many and not too hard to find."""
    try:
        with time_limit(COUNT_SECONDS):
            number = jobs.order_by().values("id")[: COUNTED + 1].count()
    except TookTooLong:
        return Count(None, exact=False)
    return Count(min(number, COUNTED), exact=number <= COUNTED)


def newest_id() -> str | None:
    """The id of the job that was made last."""
    newest = Job.objects.order_by("-id").values_list("id", flat=True).first()
    return str(newest) if newest else None


def newer(jobs: QuerySet[Any], after: str) -> int | None:
    """How many of them were made after a job, as far as they are counted; None: it takes long."""
    try:
        with time_limit(NEWER_SECONDS):
            return jobs.filter(id__gt=after).values("id")[:NEWER_COUNTED].count()
    except TookTooLong:
        return None


def _in_parts(jobs: QuerySet[Any], start: Place, size: int, limits: Limits) -> Found:
    keys = Job.objects.order_by(*ORDER.terms(backwards=start.backwards)).values_list("id")
    deadline = monotonic() + limits.in_parts
    rows: list[dict[str, Any]] = []
    edge: Place | None = start if start.key else None
    while monotonic() < deadline:
        with time_limit(limits.in_parts):
            end = _past(keys, edge)[limits.part - 1 : limits.part].first()
            part = _past(jobs, edge)
            if end:
                part = part.filter(~ORDER.beyond(Place(None, end[0], start.backwards)))
            rows += list(part[: size + 1 - len(rows)])
        if len(rows) > size:
            return Found(rows[:size], more=True)
        if end is None:
            return Found(rows, more=False)
        edge = Place(None, end[0], start.backwards)
    assert edge is not None
    return Found(rows, more=True, reached=edge.key)


def _past(jobs: QuerySet[Any], place: Place | None) -> QuerySet[Any]:
    return jobs.filter(ORDER.beyond(place)) if place else jobs
