"""The map of the coming day: where the ticks of all tasks collide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import log2
from statistics import median

from django.http import HttpRequest, HttpResponse

from dashboard.pages.access import PageView
from dashboard.tasks.collisions import MINUTE, MINUTES, Collisions
from dashboard.tasks.collisions_reading import KEPT, collisions

BUCKET = 5
"""Minutes in one cell."""
HEATS = 8
USUAL = 3
"""How hot a cell is that has as many ticks as the middle one."""
BUSIEST = 10


@dataclass(frozen=True, slots=True)
class Cell:
    """Some minutes: the most tasks that fire within one of them, and how hot that is.

    `heat` goes from 0 to `HEATS`; `ticks` are those of all the minutes.
    """

    at: datetime
    tasks: int
    ticks: int
    heat: int


@dataclass(frozen=True, slots=True)
class Minute:
    """A minute in which many tasks fire, and some of them."""

    at: datetime
    tasks: int
    ticks: int
    names: list[str]


class Heatmap(PageView):
    """A row an hour, a cell every five minutes, and the busiest minutes by name."""

    template_name = "ui/tasks/heatmap.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The day that begins with this minute."""
        del request
        found = collisions()
        rows = cells(found)
        return self.show(
            {
                "rows": rows,
                "columns": [f"{minute:02}" for minute in range(0, 60, BUCKET)],
                "busiest": busiest(found),
                "found": found,
                "ticks": f"{sum(found.ticks):,}",
                "tasks": f"{found.tasks:,}",
                "left_out": max(0, found.all_tasks - found.tasks),
                "kept": KEPT,
            }
        )


def cells(found: Collisions) -> list[list[Cell | None]]:
    """Hours of the clock with their cells; what is before the start or after the end is None."""
    begin = found.start.replace(minute=0)
    offset = (found.start - begin) // MINUTE
    spans = [_minutes(index * BUCKET - offset) for index in range(25 * 60 // BUCKET)]
    most = [max(found.firing[span], default=0) for span in spans]
    usual = median([tasks for tasks in most if tasks] or [1])
    every = [
        Cell(begin + index * BUCKET * MINUTE, tasks, sum(found.ticks[span]), heat(tasks, usual))
        if found.firing[span]
        else None
        for index, (span, tasks) in enumerate(zip(spans, most, strict=True))
    ]
    in_hour = 60 // BUCKET
    rows = [every[at : at + in_hour] for at in range(0, len(every), in_hour)]
    return [row for row in rows if any(row)]


def heat(tasks: int, usual: float) -> int:
    """How hot a number of tasks is beside what is usual: a step for each doubling."""
    if not tasks:
        return 0
    return min(HEATS, max(1, USUAL + round(log2(tasks / usual))))


def busiest(found: Collisions) -> list[Minute]:
    """The minutes in which the most tasks fire, the busiest first; of equal ones the earlier."""
    order = sorted(range(MINUTES), key=lambda minute: (-found.firing[minute], minute))[:BUSIEST]
    return [
        Minute(
            found.start + minute * MINUTE,
            found.firing[minute],
            found.ticks[minute],
            found.names.get(minute, []),
        )
        for minute in order
        if found.firing[minute]
    ]


def _minutes(first_minute: int) -> slice:
    """The minutes of a cell; none where all of it is outside of the day."""
    return slice(max(0, first_minute), max(0, min(MINUTES, first_minute + BUCKET)))
