"""A job's time as bars: what it did, and what its executions did on which executor. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from executors.states import UNFINISHED, ExecutionKind
from jobs.readable import duration
from scheduling.explaining.scene import Attempt, History
from scheduling.explaining.spending import Span

SHOWN = 400
"""Executions that are drawn; the others are counted."""
NARROWEST = 0.25
"""Percent that a bar is wide at least, so that it can be seen."""
TICKS = 5
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400)
"""Seconds between the ticks of an axis; powers of ten before the first."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A time in a lane. `x` and `width` are in percent of the chart, `kind` gives the colour."""

    x: float
    width: float
    kind: str
    label: str
    title: str


@dataclass(frozen=True, slots=True)
class Lane:
    """Bars that do not overlap."""

    label: str
    bars: Sequence[Bar]
    executor: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Lanes over one axis; `ticks` are places in percent and their labels."""

    lanes: Sequence[Lane]
    ticks: Sequence[tuple[float, str]]
    seconds: float
    left_out: int


@dataclass
class _Axis:
    start: datetime
    end: datetime
    seconds: float = field(init=False)

    def __post_init__(self) -> None:
        self.seconds = max((self.end - self.start).total_seconds(), 0.001)

    def bar(self, start: datetime, end: datetime, kind: str, label: str) -> Bar:
        """A bar between two moments, as far as they are on the axis."""
        start, end = max(start, self.start), min(max(end, start), self.end)
        width = max(100 * (end - start).total_seconds() / self.seconds, NARROWEST)
        x = min(100 * (start - self.start).total_seconds() / self.seconds, 100 - width)
        title = f"{label}, {duration((end - start).total_seconds())}"
        return Bar(round(max(x, 0), 3), round(width, 3), kind, label, title)


def chart(course: Sequence[Span], history: History, end: datetime) -> Chart | None:
    """What the job did, then a lane or more for each executor; None before anything happened."""
    if not course:
        return None
    axis = _Axis(course[0].start, end)
    own = [
        axis.bar(span.start, span.end, span.kind, span.kind.replace("_", " ")) for span in course
    ]
    placed = [its for its in history.attempts if its.executor and its.assigned_at]
    lanes = [Lane("job", own)]
    for name in dict.fromkeys(its.executor for its in placed[:SHOWN] if its.executor):
        theirs = [its for its in placed[:SHOWN] if its.executor == name]
        for number, row in enumerate(_rows(theirs, end)):
            bars = [bar for its in row for bar in _bars(axis, its)]
            lanes.append(Lane("" if number else name, bars, name))
    left_out = max(len(placed) - SHOWN, 0) + history.left_out
    return Chart(lanes, _ticks(axis.seconds), axis.seconds, left_out)


def _rows(attempts: Iterable[Attempt], end: datetime) -> list[list[Attempt]]:
    """The executions of one executor, those at the same time below each other."""
    rows: list[list[Attempt]] = []
    for its in sorted(attempts, key=lambda its: its.assigned_at or end):
        free = next((row for row in rows if _end(row[-1], end) <= (its.assigned_at or end)), None)
        if free is None:
            rows.append([its])
        else:
            free.append(its)
    return rows


def _bars(axis: _Axis, its: Attempt) -> Iterable[Bar]:
    assert its.assigned_at
    name = words(its)
    end = _end(its, axis.end)
    begun = its.started_at or end
    if begun > its.assigned_at:
        yield axis.bar(its.assigned_at, begun, "handed_over", f"{name}: handed over")
    if its.started_at or begun == its.assigned_at:
        yield axis.bar(begun, end, its.state, f"{name}: {its.state}")


def words(its: Attempt) -> str:
    """What an execution is, such as `chunk 3, attempt 2`."""
    kinds = {
        ExecutionKind.WHOLE: f"attempt {its.number}",
        ExecutionKind.CHUNK: f"chunk {its.chunk}",
        ExecutionKind.COMBINE: "combining",
        ExecutionKind.SHARD: f"shard {its.chunk}",
    }
    again = its.number > 1 and its.kind != ExecutionKind.WHOLE
    return f"{kinds[its.kind]}, attempt {its.number}" if again else kinds[its.kind]


def _end(its: Attempt, end: datetime) -> datetime:
    if its.state in UNFINISHED:
        return end
    return its.completed_at or its.closed_at or its.started_at or its.assigned_at or end


def _ticks(seconds: float) -> list[tuple[float, str]]:
    step = _step(seconds / TICKS)
    count = int(seconds / step + 1e-9)
    return [
        (round(100 * n * step / seconds, 3), duration(n * step) if n else "0")
        for n in range(count + 1)
    ]


def _step(least: float) -> float:
    if least > STEPS[-1]:
        return -(-least // 86400) * 86400
    if least > 0.5:
        return next(step for step in STEPS if step >= least)
    power = 1.0
    while power / 10 >= least:
        power /= 10
    return next((power * part for part in (0.2, 0.5) if power * part >= least), power)
