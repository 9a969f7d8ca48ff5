"""Durations as logarithmic histograms, which can be added up without loss. Pure.

It is DDSketch (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch with
relative-error guarantees", VLDB 2019): bucket `i` holds the durations in (G^(i-1), G^i], and a
quantile that is read from any sum of histograms is within `ACCURACY` of the real one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

ACCURACY = 0.02
"""The relative error of a quantile, at most."""
LEAST = 1e-4
"""Seconds; what is shorter counts as so long."""
GAMMA = (1 + ACCURACY) / (1 - ACCURACY)
LOG_GAMMA = math.log(GAMMA)

SQL = (
    # greatest() passes over nulls, so that null would be short.
    "CASE WHEN {0} IS NOT NULL THEN "
    f"ceil(ln(greatest({{0}}, {LEAST}::float8)) / {LOG_GAMMA!r}::float8)::smallint END"
)
"""The same as `bucket` for a column of seconds, to be put in; null for null."""


def bucket(seconds: float) -> int:
    """The number of the bucket that a duration belongs to."""
    return math.ceil(math.log(max(seconds, LEAST)) / LOG_GAMMA)


def middle(number: int) -> float:
    """The duration, in seconds, that stands for all in a bucket."""
    return 2 * GAMMA**number / (GAMMA + 1)


def quantile(counts: Mapping[int, int], share: float) -> float | None:
    """The duration that `share` of all are not longer than; None where there are none."""
    rank = share * (sum(counts.values()) - 1)
    passed = 0
    for number in sorted(counts):
        passed += counts[number]
        if passed > rank:
            return middle(number)
    return None
