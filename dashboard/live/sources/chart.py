"""The large chart of the overview: its points, by seconds since the epoch."""

from __future__ import annotations

from collections.abc import Collection

from django.utils import timezone

from dashboard.history import charts
from dashboard.live.sources.source import Data
from jobs.sql import Cursor


def read(cursor: Cursor, asked: Collection[str]) -> dict[str, Data]:
    """By chart, such as `1h:finished:status`: `{point: {series: value}}`."""
    return {text: points(cursor, chart) for text in asked if (chart := charts.parse(text))}


def points(cursor: Cursor, asked: charts.Asked) -> Data:
    """The same of one chart."""
    found = charts.read(cursor, asked, timezone.now())
    return {str(start): values for start, values in found.items()}


def accepts(argument: str) -> bool:
    """Whether there is such a chart."""
    return charts.parse(argument) is not None
