"""The figures of the overview."""

from __future__ import annotations

from collections.abc import Collection

from dashboard.live.sources.source import Data
from dashboard.overview import queries
from dashboard.overview.telling import told
from jobs.sql import Cursor


def read(cursor: Cursor, _: Collection[str]) -> dict[str, Data]:
    """Numbers by name, and parts of the page as HTML; see `telling`."""
    return {"": told(queries.read(cursor))}
