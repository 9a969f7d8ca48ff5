"""Writes that must not be lost because the database is away, or because one row is unfit."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from django.db import DataError, InterfaceError, OperationalError, connection, transaction

from executors import leases
from executors.leases import Tally
from executors.worker.attempt import error_text
from jobs.lifecycle import Outcome, Placed
from jobs.sql import retry_statement_on_deadlock
from jobs.states import JobState

logger = logging.getLogger("celeriac.worker")

T = TypeVar("T")

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 2.0


def write_outcomes(lease_id: str, outcomes: Sequence[Outcome], closing: Tally | None) -> None:
    """Writes outcomes of a lease in one transaction, and closes it if told so.

    A result that Postgres refuses fails its own job and no other.
    """
    try:
        patiently(lambda: _record(lease_id, outcomes, closing))
    except DataError:
        for outcome in outcomes:
            _write_alone(lease_id, outcome)
        if closing:
            patiently(lambda: _record(lease_id, [], closing))


def _write_alone(lease_id: str, outcome: Outcome) -> None:
    try:
        patiently(lambda: _record(lease_id, [outcome], None))
    except DataError as refusal:
        failure = _refused(outcome, refusal)
        patiently(lambda: _record(lease_id, [failure], None))


def write_part(lease_id: str, outcomes: Sequence[Outcome], _closing: Tally | None) -> None:
    """Writes the outcome of a part, which closes its lease."""
    for outcome in outcomes:
        try:
            patiently(partial(_record_part, lease_id, outcome))
        except DataError as refusal:
            patiently(partial(_record_part, lease_id, _refused(outcome, refusal)))


def _record_part(lease_id: str, outcome: Outcome) -> None:
    tally = Tally(1, outcome.completed_at - outcome.started_at)
    with connection.cursor() as cursor:
        leases.parts.record(cursor, lease_id, outcome, tally)


def _refused(outcome: Outcome, refusal: DataError) -> Outcome:
    message = f"Postgres refuses the result: {refusal}"
    return replace(
        outcome,
        state=JobState.FAILED,
        result=None,
        error=error_text("invalid_result", message),
    )


def _record(lease_id: str, outcomes: Sequence[Outcome], closing: Tally | None) -> None:
    with connection.cursor() as cursor:
        leases.record(cursor, lease_id, outcomes, closing)


def release_unstarted(pairs: Sequence[Placed]) -> None:
    """Gives back jobs of a claimed lease that have not started."""

    def work() -> None:
        with connection.cursor() as cursor:
            leases.release_unstarted(cursor, pairs)

    patiently(transaction.atomic(work))


def patiently(work: Callable[[], T]) -> T:
    """Runs `work`, one transaction, again and again until the database is there for it.

    Safe to repeat, since every verb is guarded: what a lost answer had already written matches
    no row the second time.
    """
    pause = FIRST_PAUSE
    while True:
        try:
            return retry_statement_on_deadlock(work)
        except (OperationalError, InterfaceError) as error:
            logger.warning("The database is away, trying again in %.1f s: %s", pause, error)
            connection.close()
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
