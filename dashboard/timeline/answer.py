"""What was seen, in short: numbers instead of names, milliseconds of Unix time. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dashboard.executors.slots import hue_of
from dashboard.timeline.reading import Seen, Span


def shape(seen: Seen, span: Span, now: datetime) -> dict[str, Any]:
    """Bars are `[lease, executor, start, end, slots, size, type, outcome, job, name]`.

    Densities are `[executor, start, end, leases, jobs, share of the slots]`; executors and types
    are numbers into their lists.
    """
    places = {place.id: index for index, place in enumerate(seen.places)}
    types = sorted({bar.job_type for bar in seen.bars})
    numbers = {name: index for index, name in enumerate(types)}
    step = 1000 * span.step
    start = _ms(span.start)
    return {
        "now": _ms(now),
        "from": start,
        "to": _ms(span.end),
        "executors": [
            {"id": one.id, "name": one.name, "slots": one.slots, "status": one.status}
            for one in seen.places
        ],
        "types": [{"name": name, "hue": hue_of(name)} for name in types],
        "bars": [
            [
                bar.id, places[bar.executor], _ms(bar.start), _ms(bar.end) if bar.end else None,
                bar.slots, bar.size, numbers[bar.job_type], bar.outcome, bar.job, bar.job_name,
            ]
            for bar in seen.bars
        ],
        "densities": [
            [
                places[one.executor], round(start + one.bucket * step),
                round(start + (one.bucket + 1) * step), one.leases, int(one.jobs),
                _share(one.seconds, seen.places[places[one.executor]].slots, span.step),
            ]
            for one in seen.densities
        ],
        "cutoff": seen.cutoff,
    }  # fmt: skip


def _share(seconds: float, slots: int, step: float) -> float:
    return round(min(1.0, seconds / (slots * step)), 3) if slots and step else 0.0


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
