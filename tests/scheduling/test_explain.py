"""What is said of a job that waits is what the dispatcher then does."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given

from executors.states import ExecutionKind, LeaseState
from jobs.states import JobState
from jobs.submission import NewJob
from jobs.wishes import OnShortage, Placing
from scheduling.dispatching.loop import Loop
from scheduling.explaining.explain import explain
from scheduling.explaining.reading.learning import learned
from scheduling.explaining.reading.precedence import bounds
from scheduling.explaining.scene import Ahead, Rules, Scene, Subject
from scheduling.explaining.waits import verdict
from scheduling.placement import Capacity, QueuedJob, effective_priority
from tests.scheduling.fleets import (
    DURATIONS,
    LIMITS,
    POLICY,
    Holdings,
    fleets,
    holdings,
    queues,
    run,
)
from tests.support.dispatching import leading, one_round
from tests.support.rows import make_executor, make_job, make_lease

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nothing_is_known_of_before() -> None:
    learned.forget()


def subject(job: QueuedJob, **fields: Any) -> Subject:
    """A queued job as it is read."""
    then = NOW - timedelta(seconds=job.age)
    defaults: dict[str, Any] = {
        "attempt": 0, "created_at": then, "run_at": None, "available_at": then,
        "started_at": None, "completed_at": None, "executor": None, "chunk_count": None,
        "width": None, "cancel_requested": False, "task": None, "task_enabled": None,
        "execution_mode": None,
    }  # fmt: skip
    return Subject(job.id, job.type, JobState.QUEUED, job, **(defaults | fields))


def scene(
    job: QueuedJob, queue: list[QueuedJob], fleet: list[Capacity], held: Holdings | None = None
) -> Scene:
    """What decides about a job of a queue that is short enough to be read whole."""
    return Scene(
        NOW,
        subject(job),
        Rules(DURATIONS, LIMITS, POLICY),
        capacity=fleet,
        candidates=[one for one in queue if one.kind == ExecutionKind.WHOLE],
        parts=[one for one in queue if one.kind != ExecutionKind.WHOLE],
        ahead=Ahead(),
        reserved=held or {},
    )


@given(queues(), fleets(), holdings())
def test_who_is_said_to_start_now_is_placed_and_nobody_else(
    queue: list[QueuedJob], fleet: list[Capacity], held: Holdings
) -> None:
    made = run(queue, fleet, held)
    for job in queue:
        if job.kind == ExecutionKind.WHOLE:
            judged = verdict.now(scene(job, queue, fleet, held))
            assert judged.starts == (job.id not in made.reasons)
            assert judged.reason == made.reasons.get(job.id)


@given(queues())
def test_who_comes_first_is_told_by_priority_and_age(queue: list[QueuedJob]) -> None:
    interval = POLICY.aging_interval
    for job in queue:
        ages = {bound.priority: bound.age for bound in bounds(job, interval)}
        for other in queue:
            age = ages[other.priority]
            older = (-other.age, other.id) < (-job.age, job.id)
            first = older if age is None else other.age >= age
            ranks = [(-effective_priority(one, interval), -one.age, one.id) for one in (other, job)]
            assert first == (ranks[0] < ranks[1])


@pytest.fixture
def loop(transactional_db: None, settings: Any) -> Iterator[Loop]:
    """One that leads, and does only what it is told to."""
    # No job of `make_queue` comes to be that old while the others are asked about.
    settings.CELERIAC = settings.CELERIAC | {"RESERVE_AFTER": 300.0}
    with leading() as loop:
        yield loop


KINDS = ["echo", "noop", "nap", "monte_carlo_pi", "latch_once", "never_heard_of"]


def make_fleet(chance: random.Random) -> None:
    """Executors of all kinds, some of them busy; and leases of the past, to learn from."""
    for number in range(chance.randint(0, 4)):
        executor = make_executor(
            f"w{number}",
            slots=chance.randint(1, 6),
            types=chance.sample(KINDS[:-1], chance.randint(2, 5)),
            labels=chance.choice([{}, {"gpu": "true"}]),
            status=chance.choice(["online"] * 4 + ["draining", "offline"]),
        )
        if executor.status == "online":
            for _ in range(chance.randint(0, executor.slots)):
                make_lease(executor, LeaseState.CLAIMED, job_type=chance.choice(executor.types))
    past = make_executor("past", status="offline")
    for type_, seconds in {"noop": 0.001, "nap": 30.0, "monte_carlo_pi": 2.0}.items():
        closed = timezone.now() - timedelta(minutes=1)
        make_lease(past, job_type=type_, done=100, busy_seconds=100 * seconds, closed_at=closed)


def make_queue(chance: random.Random) -> list[str]:
    """Queued jobs of a few kinds, many of them alike."""
    ids = []
    for _ in range(chance.randint(1, 4)):
        new = NewJob(
            type=chance.choice(KINDS),
            payload="{}",
            name="a job",
            thread_demand=chance.choice([1, 1, 1, 2, 3, 12]),
            chunks=chance.choice([None, None, 5]),
            placement=chance.choice(list(Placing)),
            on_shortage=chance.choice(list(OnShortage)),
            requires=chance.choice([{}, {}, {"gpu": "true"}, {"executor": "w1"}]),
        )
        for _ in range(chance.randint(1, 12)):
            job = make_job(
                type=new.type, placement_class=new.placement_class, requires=new.requires,
                thread_demand=new.thread_demand, chunks=new.chunks, placement=new.placement,
                on_shortage=new.on_shortage, priority=chance.choice([5, 5, 5, 2, 9]),
                isolated=chance.random() < 0.1, timeout=chance.choice([None] * 9 + [5.0]),
                age=timedelta(seconds=chance.choice([0, 5, 60, 700])),
            )  # fmt: skip
            ids.append(str(job.id))
    return ids


@pytest.mark.parametrize("seed", range(12))
def test_the_dispatcher_does_what_was_said(loop: Loop, seed: int) -> None:
    chance = random.Random(seed)
    make_fleet(chance)
    ids = make_queue(chance)
    said = {}
    for id_ in ids:
        loop.leader.beat()  # its session must not fall asleep
        said[id_] = explain(id_).waiting
    made, _ = one_round(loop)
    placed = {id_ for lease in made for id_ in lease.job_ids}
    assert {id_ for id_, its in said.items() if its and its.starts_now} == placed
    for its in said.values():
        assert its
        assert its.starts_now == (not its.blockers)
