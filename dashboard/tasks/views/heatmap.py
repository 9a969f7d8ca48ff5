"""The map of the coming day: where the ticks of all tasks collide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
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
    """Some minutes: their ticks, and how hot that is, from 0 to `HEATS`."""

    at: datetime
    ticks: int
    heat: int


@dataclass(frozen=True, slots=True)
class Minute:
    """A minute with many ticks, and some of the tasks that have them."""

    at: datetime
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
                "total": sum(found.ticks),
                "left_out": found.all_tasks - found.tasks,
                "kept": KEPT,
            }
        )


def cells(found: Collisions) -> list[list[Cell | None]]:
    """Hours of the clock with their cells; what is before the start or after the end is None."""
    begin = found.start.replace(minute=0)
    offset = (found.start - begin) // MINUTE
    sums = [_sum(found, bucket * BUCKET - offset) for bucket in range(25 * 60 // BUCKET)]
    usual = median([ticks for ticks in sums if ticks] or [1])
    row: list[Cell | None] = []
    rows: list[list[Cell | None]] = []
    for index, ticks in enumerate(sums):
        at = begin + timedelta(minutes=index * BUCKET)
        row.append(None if ticks is None else Cell(at, ticks, heat(ticks, usual)))
        if len(row) == 60 // BUCKET:
            rows.append(row)
            row = []
    return [one for one in rows if any(one)]


def heat(ticks: int, usual: float) -> int:
    """How hot a number of ticks is beside what is usual: a step for each doubling."""
    if not ticks:
        return 0
    return min(HEATS, max(1, USUAL + round(log2(ticks / usual))))


def busiest(found: Collisions) -> list[Minute]:
    """The minutes with the most ticks, the busiest first; of as many ticks the earlier."""
    order = sorted(range(MINUTES), key=lambda minute: (-found.ticks[minute], minute))[:BUSIEST]
    return [
        Minute(found.start + minute * MINUTE, found.ticks[minute], found.names.get(minute, []))
        for minute in order
        if found.ticks[minute]
    ]


def _sum(found: Collisions, first_minute: int) -> int | None:
    """The ticks of a cell; None where all of it is outside of the day."""
    start, end = max(0, first_minute), min(MINUTES, first_minute + BUCKET)
    return sum(found.ticks[start:end]) if start < end else None
