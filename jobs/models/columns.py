"""Columns that Postgres keeps by itself."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.db.models import F, Q

from jobs.states import JobState


def values(states: Iterable[JobState]) -> list[str]:
    """The states as migrations keep them: plain text, in one order."""
    return sorted(state.value for state in states)


def seconds_between(earlier: str, later: str) -> models.GeneratedField:
    """Seconds from one timestamp to another, null until both are."""
    return models.GeneratedField(
        expression=models.Func(
            F(later) - F(earlier),
            function="date_part",
            template="%(function)s('epoch', %(expressions)s)",
            output_field=models.FloatField(),
        ),
        output_field=models.FloatField(),
        db_persist=True,
    )


def whether(*states: JobState) -> models.GeneratedField:
    """Whether the job is in one of these states.

    Indexes say `WHERE is_queued` and never name `status` itself, so that the frequent moves
    (start, finish) change nothing that is indexed and Postgres can make them in place (HOT).
    """
    return models.GeneratedField(
        expression=models.ExpressionWrapper(
            Q(status__in=values(states)),
            output_field=models.BooleanField(),
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )
