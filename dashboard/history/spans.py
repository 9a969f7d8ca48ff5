"""Spans of time that are counted, and the ranges that charts show of them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

FINEST = 5
KEPT = {
    5: timedelta(minutes=15),
    60: timedelta(hours=8),
    600: timedelta(hours=26),
    3600: timedelta(days=8),
}
"""How long tallies of each span, in seconds, are kept; each is added up from the one before."""
COARSER = [(60, 5), (600, 60), (3600, 600)]
"""A span, and the one that it is added up from."""


@dataclass(frozen=True)
class Range:
    """What a chart shows: so many seconds, a point each `step`, of tallies of `span`."""

    seconds: int
    step: int
    span: int
    title: str


RANGES = {
    "5m": Range(300, 5, 5, "5 minutes"),
    "1h": Range(3600, 60, 60, "1 hour"),
    "6h": Range(6 * 3600, 300, 60, "6 hours"),
    "24h": Range(24 * 3600, 600, 600, "24 hours"),
    "7d": Range(7 * 86400, 3600, 3600, "7 days"),
}


def floor(moment: datetime, span: int) -> datetime:
    """The start of the span of so many seconds that a moment is in."""
    seconds = int(moment.timestamp())
    return datetime.fromtimestamp(seconds - seconds % span, UTC)


def starts(shown: Range, now: datetime) -> list[int]:
    """The points of a chart, in seconds since the epoch; the last is the one under way."""
    last = int(floor(now, shown.step).timestamp())
    return list(range(last - shown.seconds + shown.step, last + shown.step, shown.step))
