"""What the large chart shows: a series of values by point of time, read from history."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dashboard.history import buckets
from dashboard.history.backlogs import unpack
from dashboard.history.spans import RANGES, Range, starts
from jobs.sql import Cursor

MEASURES = {
    "finished": "Finished",
    "running": "Running",
    "queued": "Queued",
    "execution": "Execution time",
    "queue": "Queue time",
}
SPLITS = {
    "none": "all",
    "status": "state",
    "type": "type",
    "executor": "executor",
    "priority": "priority",
}
SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
SPLIT_SHARE = 0.95
"""The quantile that is shown where times are split."""
NAMED = 8
"""Series that are shown by name; the rest, which are the smallest, are one."""
REST = "others"
ALL = "all"

Points = dict[int, dict[str, float]]
"""Values by series, by seconds since the epoch; a series without a value has none."""


@dataclass(frozen=True)
class Asked:
    """Which chart: a name of `RANGES`, of `MEASURES` and of `SPLITS`."""

    range: str = "1h"
    measure: str = "finished"
    split: str = "status"

    @property
    def is_known(self) -> bool:
        """Whether there is such a chart."""
        return self.range in RANGES and self.measure in MEASURES and self.split in SPLITS

    @property
    def shown(self) -> Range:
        """The range itself."""
        return RANGES[self.range]

    @property
    def is_of_times(self) -> bool:
        """Whether its values are seconds, not jobs."""
        return self.measure in {"execution", "queue"}

    def __str__(self) -> str:
        return f"{self.range}:{self.measure}:{self.split}"


def parse(text: str) -> Asked | None:
    """The chart that a text such as `1h:finished:status` names, if there is one."""
    parts = text.split(":")
    asked = Asked(*parts) if len(parts) == 3 else None
    return asked if asked and asked.is_known else None


def read(cursor: Cursor, asked: Asked, now: datetime) -> Points:
    """All points of the range, also those at which there was nothing."""
    first = starts(asked.shown, now)[0]
    if asked.measure == "finished":
        found = _counts(cursor, asked, first)
    elif asked.is_of_times:
        found = _times(cursor, asked, first)
    else:
        found = _backlog(cursor, asked, first)
    return {start: found.get(start, {}) for start in starts(asked.shown, now)}


def _counts(cursor: Cursor, asked: Asked, first: int) -> Points:
    cursor.execute(
        f"""
        SELECT {_point(asked)}, {_series(asked)}, sum(count)
          FROM dashboard_tally WHERE span = %s AND start >= to_timestamp(%s) GROUP BY 1, 2
        """,
        (asked.shown.span, first),
    )
    rows = cursor.fetchall()
    names = _named(Counter(_summed((name, count) for _, name, count in rows)))
    points: dict[int, Counter[str]] = defaultdict(Counter)
    for start, name, count in rows:
        points[start][names.get(name, REST)] += int(count)
    return {start: dict(values) for start, values in points.items()}


def _times(cursor: Cursor, asked: Asked, first: int) -> Points:
    phase = asked.measure
    cursor.execute(
        f"""
        SELECT {_point(asked)}, {_series(asked)}, bucket, sum(n)
          FROM dashboard_tally, unnest({phase}_buckets, {phase}_counts) AS x (bucket, n)
         WHERE span = %s AND start >= to_timestamp(%s) GROUP BY 1, 2, 3
        """,
        (asked.shown.span, first),
    )
    rows = cursor.fetchall()
    names = _named(Counter(_summed((name, count) for _, name, _, count in rows)))
    histograms: dict[int, dict[str, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
    for start, name, bucket, count in rows:
        histograms[start][names.get(name, REST)][bucket] += int(count)
    shares = SHARES if asked.split == "none" else {"": SPLIT_SHARE}
    return {
        start: {
            share_name or name: _rounded(buckets.quantile(counts, share) or 0.0)
            for name, counts in series.items()
            for share_name, share in shares.items()
        }
        for start, series in histograms.items()
    }


def _backlog(cursor: Cursor, asked: Asked, first: int) -> Points:
    """The mean of what the looks within a step saw."""
    cursor.execute(
        f"""
        SELECT {_point(asked)}, looks, groups
          FROM dashboard_backlog WHERE span = %s AND start >= to_timestamp(%s)
        """,
        (asked.shown.span, first),
    )
    looks: Counter[int] = Counter()
    sums: dict[int, Counter[str]] = defaultdict(Counter)
    for start, its_looks, groups in cursor.fetchall():
        looks[start] += its_looks
        for name, count in _of_state(asked, json.loads(groups)).items():
            sums[start][name] += count
    names = _named(Counter(_summed(pair for values in sums.values() for pair in values.items())))
    points: dict[int, Counter[str]] = {start: Counter() for start in looks}
    for start, values in sums.items():
        for name, count in values.items():
            points[start][names.get(name, REST)] += count
    return {
        start: {name: _rounded(count / looks[start]) for name, count in values.items()}
        for start, values in points.items()
    }


def _of_state(asked: Asked, groups: Any) -> Counter[str]:
    """The jobs of the state that is asked for, by series."""
    column = {"status": 0, "type": 1, "executor": 2, "priority": 3}.get(asked.split)
    found: Counter[str] = Counter()
    for group, count in unpack(groups).items():
        if group[0] == asked.measure:
            found[ALL if column is None else str(group[column])] += count
    return found


def _point(asked: Asked) -> str:
    step = int(asked.shown.step)
    return f"(floor(date_part('epoch', start) / {step}) * {step})::bigint AS point"


def _series(asked: Asked) -> str:
    return f"'{ALL}'" if asked.split == "none" else f"{asked.split}::text"


def _summed(pairs: Iterable[tuple[str, float]]) -> Mapping[str, int]:
    totals: Counter[str] = Counter()
    for name, count in pairs:
        totals[name] += int(count)
    return totals


def _named(totals: Counter[str]) -> dict[str, str]:
    """The series that are shown by name, with the names by which they are."""
    return {name: name or "none" for name, _ in totals.most_common(NAMED)}


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def table(points: Points) -> dict[str, Any]:
    """The chart as a table, the latest point first: `{series, rows: [(moment, values)]}`."""
    series = sorted({name for values in points.values() for name in values})
    rows = [
        (datetime.fromtimestamp(start, UTC), [values.get(name) for name in series])
        for start, values in sorted(points.items(), reverse=True)
        if values
    ]
    return {"series": series, "rows": rows}
