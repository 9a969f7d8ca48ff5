"""Counts jobs as far as that is quick."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from jobs.models import Job
from jobs.timelimit import TookTooLong, time_limit

COUNTED = 100_000
"""Jobs that are counted."""
COUNT_SECONDS = 2.0
NEWER_COUNTED = 1000
NEWER_SECONDS = 0.3


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
