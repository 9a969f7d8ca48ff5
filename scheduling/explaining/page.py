"""An explanation as text for a terminal. Pure: no Django, no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jobs.readable import duration
from jobs.wishes import LoadBalanceStrategy
from scheduling.explaining import words
from scheduling.explaining.answer import (
    AttemptTime,
    Explanation,
    WhenEnding,
    WhereTimeWent,
    WhyWaiting,
)

BAR = 30
"""Characters of the longest bar."""
LISTED = 20


def page(its: Explanation) -> str:
    """Everything that is said, the summary first."""
    lines = [f"Job {its.job}: {its.type}, {its.status}", its.summary]
    if its.waiting:
        lines += _waiting(its.waiting)
    if its.running:
        lines += _running(its.running)
    if its.finished:
        lines += _finished(its.finished)
    return "\n".join(lines) + "\n"


def _waiting(its: WhyWaiting) -> Iterator[str]:
    if its.blockers:
        yield from _headed("Why it waits")
        for number, blocker in enumerate(its.blockers, 1):
            yield f"  {number}. {blocker.text}"
    if its.load_balance_strategy != LoadBalanceStrategy.LEAST_LOADED:
        yield from _headed("Load balancing")
        yield f"  {its.load_balance_strategy}"
    if its.reservation:
        yield from _headed("Kept for it")
        kept = [f"{words.number(slots, 'slot')} of {name}" for name, slots in
                sorted(its.reservation.slots.items())]  # fmt: skip
        yield f"  {words.listed(kept)}, free in {duration(its.reservation.due_in)} or later"
    if not its.starts_now:
        yield from _headed("When it starts")
        if its.forecast.start_at:
            least = " at the earliest" if its.forecast.at_least else ""
            when = its.forecast.start_at.strftime("%F %T %Z")
            yield f"  in {duration(its.forecast.start_in or 0)}, at {when}{least}"
        yield f"  {its.forecast.text}"
    if its.changes:
        yield from _headed("What would help")
        yield from _columns([(_start(one.start_in), one.text) for one in its.changes])
    if its.executors:
        yield from _headed("Executors")
        rows = [
            (one.name, f"{one.slots_free} of {one.slots} free", one.why_not or "could run it")
            for one in its.executors[:LISTED]
        ]
        yield from _columns(rows)
        left_out = len(its.executors) - len(rows) + its.more_executors
        if left_out:
            yield f"  and {left_out:,} more"


def _running(its: WhenEnding) -> Iterator[str]:
    if its.ends_at:
        yield from _headed("When it ends")
        yield f"  in {duration(its.ends_in or 0)}, at {its.ends_at.strftime('%F %T %Z')}"
    if its.blockers:
        yield from _headed("Why parts of it wait")
        for number, blocker in enumerate(its.blockers, 1):
            yield f"  {number}. {blocker.text}"


def _finished(its: WhereTimeWent) -> Iterator[str]:
    if its.phases:
        yield from _headed("Where its time went")
        rows = [
            (one.kind.replace("_", " "), duration(one.seconds), "█" * round(BAR * one.share))
            for one in its.phases
        ]
        yield from _columns([*rows, ("in all", duration(its.total), "")])
    if its.attempts:
        yield from _headed("Executions")
        yield from _columns([_execution(one) for one in its.attempts[:LISTED]])
        left_out = max(len(its.attempts) - LISTED, 0) + its.more_attempts
        if left_out:
            yield f"  and {left_out:,} more"


def _execution(its: AttemptTime) -> tuple[str, ...]:
    what = its.kind if its.chunk is None else f"{its.kind} {its.chunk}"
    ran = "" if its.running is None else f"ran {duration(its.running)}"
    return f"{what}, attempt {its.attempt}", its.state.value, its.executor or "", ran


def _start(seconds: float | None) -> str:
    if seconds is None:
        return "some time"
    return f"in {duration(seconds)}" if seconds else "now"


def _headed(title: str) -> Iterator[str]:
    yield ""
    yield title


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        yield f"  {'  '.join(cells)}".rstrip()
