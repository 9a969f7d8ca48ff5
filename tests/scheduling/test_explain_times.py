"""When a job ends, and where the time of a finished one went."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executors.states import ExecutionKind, ExecutionState
from jobs.ids import uuid7
from jobs.states import JobState
from scheduling.batching import BatchLimits, Durations
from scheduling.explaining import ending, spending
from scheduling.explaining.answer import PhaseKind, WhenEnding, WhereTimeWent
from scheduling.explaining.scene import Attempt, Delay, History, Rules, Scene, Subject
from scheduling.placement import Policy, QueuedJob

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
K, S = ExecutionKind, ExecutionState


def at(seconds: float | None) -> datetime | None:
    return None if seconds is None else START + timedelta(seconds=seconds)


def job(status: JobState = JobState.COMPLETED, **fields: Any) -> Subject:
    """One created at the start; times are seconds from then."""
    queued = QueuedJob(uuid7(), "echo", 5, 0.0)
    times = {"created_at": 0.0, "available_at": 0.0, "run_at": None, "started_at": 0.0}
    times |= {"completed_at": None} | {k: fields.pop(k) for k in list(fields) if k.endswith("_at")}
    defaults: dict[str, Any] = {
        "attempt": 1, "executor": "w1", "chunk_count": None, "width": None,
        "cancel_requested": False, "task": None, "task_enabled": None, "execution_mode": None,
    }  # fmt: skip
    moments = {name: at(seconds) for name, seconds in times.items()}
    return Subject(queued.id, "echo", status, queued, **moments, **(defaults | fields))


def attempt(
    assigned: float | None,
    started: float | None = None,
    completed: float | None = None,
    state: ExecutionState = S.COMPLETED,
    kind: ExecutionKind = K.WHOLE,
    **fields: Any,
) -> Attempt:
    moments = {"assigned_at": assigned, "started_at": started, "completed_at": completed}
    moments |= {"closed_at": fields.pop("closed", completed), "available_at": None}
    defaults = {"chunk": None, "number": 1, "executor": "w1", "slots": 1, "position": 0}
    times = {name: at(seconds) for name, seconds in moments.items()}
    return Attempt(id=uuid7(), kind=kind, state=state, **times, **(defaults | fields))


def phases(its: WhereTimeWent) -> dict[str, float]:
    return {str(one.kind): pytest.approx(one.seconds) for one in its.phases}


def spent(subject: Subject, *attempts: Attempt, delays: list[Delay] | None = None) -> Any:
    return phases(spending.where(subject, History(attempts, delays or [])))


def test_a_plain_job() -> None:
    made = spent(job(completed_at=10), attempt(4, 5, 10))
    assert made == {"queued": 4, "handed_over": 1, "running": 5}


def test_a_job_of_the_future() -> None:
    made = spent(job(run_at=60, available_at=60, completed_at=70), attempt(61, 62, 70))
    assert made == {"scheduled": 60, "queued": 1, "handed_over": 1, "running": 8}


def test_attempts_and_the_delays_between_them() -> None:
    failed = attempt(1, 2, 5, S.FAILED)
    second = attempt(10, 11, 14)
    delays = [Delay(START + timedelta(seconds=5), 4.0)]
    made = spent(job(available_at=9, completed_at=14), failed, second, delays=delays)
    assert made == {"queued": 2, "handed_over": 2, "running": 6, "retry_delay": 4}


def test_what_was_given_back_was_on_its_way() -> None:
    back = attempt(1, state=S.RELEASED, closed=3)
    made = spent(job(completed_at=9), back, attempt(4, 5, 9))
    assert made == {"queued": 2, "handed_over": 3, "running": 4}


def test_chunks_run_side_by_side_and_count_once() -> None:
    parts = [attempt(1, 2, 5, kind=K.CHUNK), attempt(1, 3, 7, kind=K.CHUNK)]
    combine = attempt(8, 9, 10, kind=K.COMBINE)
    made = spent(job(chunk_count=2, completed_at=10), *parts, combine)
    assert made == {"queued": 2, "handed_over": 2, "running": 5, "combining": 1}


def test_a_job_that_was_cancelled_in_the_queue() -> None:
    assert spent(job(JobState.CANCELLED, started_at=None, completed_at=3)) == {"queued": 3}
    assert spent(job(JobState.CANCELLED, started_at=None, completed_at=0)) == {}


moments = st.floats(-5, 40)


@given(
    st.floats(0, 30),
    st.lists(st.tuples(moments, moments, moments, st.sampled_from(K)), max_size=8),
    st.lists(st.tuples(moments, st.floats(0, 20)), max_size=3),
)
def test_phases_add_up_whatever_the_clocks_say(
    total: float, drawn: list[Any], waits: list[tuple[float, float]]
) -> None:
    attempts = [attempt(a, b, c, kind=kind) for a, b, c, kind in drawn]
    delays = [Delay(START + timedelta(seconds=moment), wait) for moment, wait in waits]
    subject = job(completed_at=total)
    its = spending.where(subject, History(attempts, delays))
    assert sum(one.seconds for one in its.phases) == pytest.approx(its.total, abs=1e-6)
    assert all(one.seconds > 0 for one in its.phases)
    assert its.total == pytest.approx(total, abs=1e-6)


def test_many_executions_are_not_all_listed() -> None:
    many = [attempt(n, n, n + 1) for n in range(spending.LISTED + 5)]
    its = spending.where(job(completed_at=300), History(many, [], left_out=7))
    assert (len(its.attempts), its.more_attempts) == (spending.LISTED, 12)
    assert its.attempts[0].execution == UUID(many[0].id)
    assert PhaseKind.RUNNING in {one.kind for one in its.phases}


def ends(subject: Subject, *attempts: Attempt, now: float, **durations: float) -> WhenEnding:
    known = {name.replace("_", ":"): seconds for name, seconds in durations.items()}
    rules = Rules(Durations(known), BatchLimits(), Policy())
    moment = START + timedelta(seconds=now)
    return ending.when(Scene(moment, subject, rules), History(attempts), [])


def test_a_running_job_ends_when_such_work_usually_does() -> None:
    running = job(JobState.RUNNING, started_at=2)
    its = ends(running, attempt(1, 2, state=S.RUNNING), now=5, echo=10)
    assert (its.elapsed, its.expected, its.ends_in, its.overdue) == (3, 10, 7, False)
    assert its.ends_at == at(12)
    assert its.executors == ["w1"]
    late = ends(running, attempt(1, 2, state=S.RUNNING), now=15, echo=10)
    assert (late.ends_in, late.overdue, late.overdue_by) == (0, True, 3)
    assert "overdue by 3 s" in late.text


def test_nobody_can_tell_the_end_of_work_that_was_never_done() -> None:
    its = ends(job(JobState.RUNNING), attempt(0, 0, state=S.RUNNING), now=5)
    assert (its.ends_in, its.ends_at, its.overdue) == (None, None, False)
    assert "not known" in its.text


def test_those_of_a_batch_run_one_after_another() -> None:
    running = job(JobState.RUNNING)
    its = ends(running, attempt(0, 0, state=S.RUNNING, position=3), now=1, echo=2)
    assert its.ends_in == 7
    assert "behind 3 others" in its.text


def test_a_job_that_was_handed_over_has_all_its_work_ahead() -> None:
    handed = job(JobState.ASSIGNED, started_at=None)
    its = ends(handed, attempt(0, state=S.ASSIGNED), now=1, echo=2)
    assert (its.handed_over, its.elapsed, its.ends_in) == (True, 0, 2)


def chunks(**states: int) -> list[Attempt]:
    """Chunks in these states; those that run began at the start."""
    made = []
    for name, count in states.items():
        state = S(name)
        started = 0 if state in (S.RUNNING, S.COMPLETED) else None
        for _ in range(count):
            which = {"kind": K.CHUNK, "chunk": len(made), "state": state}
            made.append(attempt(None if state == S.QUEUED else 0, started, **which))
    return made


def test_chunks_follow_each_other_and_are_combined() -> None:
    running = job(JobState.RUNNING, chunk_count=7, width=2)
    parts = chunks(completed=2, running=2, queued=3)
    its = ends(running, *parts, now=4, echo_chunk=10, echo_combine=1)
    # Two end at 6, two more at 16, the last at 26; then they are combined.
    assert its.ends_in == 27
    assert its.chunks
    assert (its.chunks.completed, its.chunks.running, its.chunks.queued) == (2, 2, 3)
    assert not its.overdue


def test_chunks_that_are_combined() -> None:
    running = job(JobState.RUNNING, chunk_count=2, width=2)
    combine = attempt(0, 3, state=S.RUNNING, kind=K.COMBINE)
    its = ends(running, *chunks(completed=2), combine, now=5, echo_chunk=10, echo_combine=3)
    assert its.chunks
    assert its.chunks.combining
    assert its.ends_in == 1


def test_overdue_chunks() -> None:
    running = job(JobState.RUNNING, chunk_count=2, width=2)
    its = ends(running, *chunks(completed=1, running=1), now=12, echo_chunk=10)
    assert (its.ends_in, its.overdue, its.overdue_by) == (0, True, 2)
