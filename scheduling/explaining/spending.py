"""Where the time of a finished job went. Pure: no Django, no I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from executors.states import ExecutionKind
from scheduling.explaining import words
from scheduling.explaining.answer import AttemptTime, Phase, PhaseKind, WhereTimeWent
from scheduling.explaining.scene import Attempt, History, Subject

LISTED = 200
"""Executions that are listed one by one."""

_ORDER = list(PhaseKind)


@dataclass(frozen=True, slots=True)
class _Span:
    start: datetime
    end: datetime
    kind: PhaseKind


def where(job: Subject, history: History) -> WhereTimeWent:
    """Each moment between creation and end belongs to one phase, so that they add up."""
    assert job.completed_at
    total = (job.completed_at - job.created_at).total_seconds()
    seconds = _sweep(job.created_at, job.completed_at, list(_spans(job, history)))
    phases = [
        Phase(kind=kind, seconds=seconds[kind], share=seconds[kind] / total if total else 0.0)
        for kind in _ORDER
        if seconds[kind]
    ]
    attempts = [_attempt(its) for its in history.attempts[:LISTED]]
    left_out = history.left_out + max(len(history.attempts) - LISTED, 0)
    return WhereTimeWent(total=total, phases=phases, attempts=attempts, more_attempts=left_out)


def in_words(its: WhereTimeWent) -> str:
    """The largest shares first."""
    if not its.phases:
        return "It took no time."
    largest = sorted(its.phases, key=lambda phase: -phase.seconds)
    told = [f"{words.span(one.seconds)} {one.kind.replace('_', ' ')}" for one in largest]
    return f"Of {words.span(its.total)}, it spent {words.listed(told, most=6)}."


def _spans(job: Subject, history: History) -> Iterator[_Span]:
    """What is known to have gone on; the rest of the time it was queued."""
    ready = job.run_at or job.created_at
    if not history.delays:
        # A retry delay moves it; until then, it is when the job could start.
        ready = max(ready, job.available_at)
    yield _Span(job.created_at, ready, PhaseKind.SCHEDULED)
    for delay in history.delays:
        end = delay.at + timedelta(seconds=delay.seconds)
        yield _Span(delay.at, end, PhaseKind.RETRY_DELAY)
    for its in history.attempts:
        if its.assigned_at:
            begun = its.started_at or its.completed_at or its.closed_at or its.assigned_at
            yield _Span(its.assigned_at, begun, PhaseKind.HANDED_OVER)
        if its.started_at and its.completed_at:
            combines = its.kind == ExecutionKind.COMBINE
            kind = PhaseKind.COMBINING if combines else PhaseKind.RUNNING
            yield _Span(its.started_at, its.completed_at, kind)


def _sweep(start: datetime, end: datetime, spans: list[_Span]) -> dict[PhaseKind, float]:
    """Seconds of each kind: where several overlap, the last in the order of kinds counts."""
    edges: dict[datetime, Counter[PhaseKind]] = {start: Counter(), end: Counter()}
    for span in spans:
        first, last = max(span.start, start), min(span.end, end)
        if first < last:
            edges.setdefault(first, Counter())[span.kind] += 1
            edges.setdefault(last, Counter())[span.kind] -= 1
    seconds = dict.fromkeys(PhaseKind, 0.0)
    going_on: Counter[PhaseKind] = Counter()
    before = start
    for moment in sorted(edges):
        present = [kind for kind in _ORDER if going_on[kind] > 0]
        kind = present[-1] if present else PhaseKind.QUEUED
        seconds[kind] += (moment - before).total_seconds()
        going_on.update(edges[moment])
        before = moment
    return seconds


def _attempt(its: Attempt) -> AttemptTime:
    running = None
    if its.started_at and its.completed_at:
        running = (its.completed_at - its.started_at).total_seconds()
    begun = its.started_at or its.closed_at
    handed_over = None
    if its.assigned_at and begun:
        handed_over = max((begun - its.assigned_at).total_seconds(), 0.0)
    return AttemptTime(
        execution=UUID(its.id),
        kind=its.kind,
        chunk=its.chunk,
        attempt=its.number,
        executor=its.executor,
        state=its.state,
        handed_over=handed_over,
        running=running,
    )
