"""Where the time of a finished job went. Pure: no Django, no I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from executors.states import UNFINISHED, ExecutionKind
from jobs.readable import duration
from scheduling.explaining import words
from scheduling.explaining.answer import AttemptTime, Phase, PhaseKind, WhereTimeWent
from scheduling.explaining.scene import Attempt, History, Subject

LISTED = 200
"""Executions that are listed one by one."""

_ORDER = list(PhaseKind)


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which one thing went on."""

    start: datetime
    end: datetime
    kind: PhaseKind


def where(job: Subject, history: History) -> WhereTimeWent:
    """Each moment between creation and end belongs to one phase, so that they add up."""
    assert job.completed_at
    total = (job.completed_at - job.created_at).total_seconds()
    seconds = dict.fromkeys(PhaseKind, 0.0)
    for span in course(job, history, job.completed_at):
        seconds[span.kind] += (span.end - span.start).total_seconds()
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
    told = [f"{duration(one.seconds)} {one.kind.replace('_', ' ')}" for one in largest]
    return f"Of {duration(its.total)}, it spent {words.listed(told, most=6)}."


def course(job: Subject, history: History, until: datetime) -> list[Span]:
    """What the job did from its creation on `until` a moment, one thing after the other."""
    return _sweep(job.created_at, until, list(_spans(job, history, until)))


def _spans(job: Subject, history: History, until: datetime) -> Iterator[Span]:
    """What is known to have gone on; the rest of the time it was queued."""
    ready = job.run_at or job.created_at
    if not history.delays:
        # A retry delay moves it; until then, it is when the job could start.
        ready = max(ready, job.available_at)
    yield Span(job.created_at, ready, PhaseKind.SCHEDULED)
    for delay in history.delays:
        end = delay.at + timedelta(seconds=delay.seconds)
        yield Span(delay.at, end, PhaseKind.RETRY_DELAY)
    for its in history.attempts:
        going_on = until if its.state in UNFINISHED else None
        if its.assigned_at:
            begun = its.started_at or its.completed_at or its.closed_at or going_on
            yield Span(its.assigned_at, begun or its.assigned_at, PhaseKind.HANDED_OVER)
        ended = its.completed_at or going_on
        if its.started_at and ended:
            combines = its.kind == ExecutionKind.COMBINE
            kind = PhaseKind.COMBINING if combines else PhaseKind.RUNNING
            yield Span(its.started_at, ended, kind)


def _sweep(start: datetime, end: datetime, spans: list[Span]) -> list[Span]:
    """Spans one after the other: where several overlap, the last in the order of kinds counts."""
    edges: dict[datetime, Counter[PhaseKind]] = {start: Counter(), end: Counter()}
    for span in spans:
        first, last = max(span.start, start), min(span.end, end)
        if first < last:
            edges.setdefault(first, Counter())[span.kind] += 1
            edges.setdefault(last, Counter())[span.kind] -= 1
    found: list[Span] = []
    going_on: Counter[PhaseKind] = Counter()
    for moment, after in pairwise(sorted(edges)):
        going_on.update(edges[moment])
        present = [kind for kind in _ORDER if going_on[kind] > 0]
        kind = present[-1] if present else PhaseKind.QUEUED
        if found and found[-1].kind == kind:
            found[-1] = replace(found[-1], end=after)
        else:
            found.append(Span(moment, after, kind))
    return found


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
