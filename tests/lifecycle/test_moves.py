"""Every verb from every state: the moves that `states.MOVES` allows, and no others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from executors import leases
from executors.leases import PlannedLease, Tally
from executors.states import LeaseState
from jobs import lifecycle
from jobs.ids import uuid7
from jobs.models import Job
from jobs.states import ACTIVE, FINAL, MOVES, PLACED, WAITS, JobState
from tests.support.parted import PART_VERBS
from tests.support.situations import Situation, make_situation

pytestmark = pytest.mark.django_db

Verb = Callable[[Any, Situation], object]


def assign(cursor: Any, situation: Situation) -> object:
    executor = situation.executor
    planned = PlannedLease(uuid7(), str(executor.id), executor.name, "add_numbers", situation.ids)
    return leases.assign(cursor, [planned])


def finish(state: JobState) -> Verb:
    def verb(cursor: Any, situation: Situation) -> object:
        outcomes = [situation.outcome(state, delay=5.0)]
        return leases.record(cursor, situation.lease_id, outcomes, Tally(1, 1.5))

    return verb


def requeue(*, isolate: bool) -> Verb:
    return lambda cursor, it: lifecycle.requeue(cursor, it.pairs, isolate=isolate)


def lose(*, repeatable: bool) -> Verb:
    return lambda cursor, it: lifecycle.lose(cursor, it.pairs, "gone", repeatable=repeatable)


# Each verb with the lease in the state that it wants, so that only the job's own state says no.
CASES: list[tuple[str, str, LeaseState, Verb, JobState]] = [
    ("promote", "promote", LeaseState.FINISHED, lambda c, _: lifecycle.promote(c), JobState.QUEUED),
    (
        "take_turn",
        "take_turn",
        LeaseState.FINISHED,
        lambda c, it: lifecycle.take_turn(c, it.ids),
        JobState.QUEUED,
    ),
    ("assign", "assign", LeaseState.FINISHED, assign, JobState.ASSIGNED),
    (
        "start",
        "start",
        LeaseState.ASSIGNED,
        lambda c, it: leases.claim(c, it.lease_id, it.incarnation),
        JobState.RUNNING,
    ),
    *(
        (f"finish as {state}", "finish", LeaseState.CLAIMED, finish(state), state)
        for state in (
            JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED, JobState.SCHEDULED
        )
    ),
    ("requeue", "requeue", LeaseState.ASSIGNED, requeue(isolate=False), JobState.QUEUED),
    ("requeue alone", "requeue", LeaseState.CLAIMED, requeue(isolate=True), JobState.QUEUED),
    ("lose", "lose", LeaseState.CLAIMED, lose(repeatable=True), JobState.QUEUED),
    ("lose for good", "lose", LeaseState.CLAIMED, lose(repeatable=False), JobState.FAILED),
    (
        "cancel",
        "cancel",
        LeaseState.FINISHED,
        lambda c, it: lifecycle.cancel(c, it.ids, "somebody"),
        JobState.CANCELLED,
    ),
]  # fmt: skip


@pytest.mark.parametrize("status", list(JobState))
@pytest.mark.parametrize(
    ("verb", "lease_state", "run", "target"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_verb_moves_what_it_may_and_leaves_the_rest_alone(
    cursor: Any, status: JobState, verb: str, lease_state: LeaseState, run: Verb, target: JobState
) -> None:
    situation = make_situation(status, lease_state)
    before = Job.objects.values().get(id=situation.ids[0])
    run(cursor, situation)
    after = Job.objects.values().get(id=situation.ids[0])
    move = MOVES[verb]
    assert target in move.targets
    if status in move.sources:
        assert after["status"] == target
    elif verb == "cancel" and status in PLACED:
        assert after | {"cancel_requested_at": None} == before
        assert after["cancel_requested_at"] is not None
    else:
        assert after == before


@pytest.mark.parametrize("run", [requeue(isolate=False), lose(repeatable=True)])
def test_what_was_asked_to_stop_is_cancelled_when_it_comes_back(cursor: Any, run: Verb) -> None:
    situation = make_situation(
        JobState.RUNNING, LeaseState.CLAIMED, cancel_requested_at=timezone.now()
    )
    run(cursor, situation)
    situation.refresh()
    assert situation.jobs[0].status == JobState.CANCELLED


@pytest.mark.parametrize("verb", ["start", "finish", "requeue", "lose"])
def test_another_executions_word_does_not_count(cursor: Any, verb: str) -> None:
    """The fence: the job is in the right state, but in the hands of another execution."""
    _, lease_state, run, _ = next(case[1:] for case in CASES if case[1] == verb)
    (status,) = sorted(MOVES[verb].sources)[:1]
    situation = make_situation(status, lease_state)
    Job.objects.filter(id=situation.ids[0]).update(execution_id=uuid7())
    before = Job.objects.values().get(id=situation.ids[0])
    run(cursor, situation)
    assert Job.objects.values().get(id=situation.ids[0]) == before


def test_the_table_of_moves_is_whole() -> None:
    assert {case[1] for case in CASES} | set(PART_VERBS) == set(MOVES)
    assert set(JobState) == WAITS | PLACED | FINAL
    assert WAITS | PLACED == ACTIVE
    assert all(not move.sources & FINAL for move in MOVES.values())
    for verb, move in MOVES.items():
        if verb in PART_VERBS:
            continue  # tests/executors/test_parts.py
        reached = {case[4] for case in CASES if case[1] == verb}
        assert reached | {JobState.CANCELLED} >= move.targets
