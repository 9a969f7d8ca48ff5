"""How long the latest jobs of a task ran, as bars in a small picture. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from dashboard.tasks.outcomes import Outcome
from jobs.readable import duration

WIDTH, HEIGHT, GAP = 8, 48, 2
SHORTEST = 2
"""Height of the bar of a job that took no time to speak of."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One job; all numbers are those of an SVG that is `HEIGHT` high."""

    x: int
    y: float
    height: float
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Chart:
    """The bars, the oldest at the left; `words` say what they show."""

    bars: list[Bar]
    width: int
    words: str
    height: int = HEIGHT
    bar_width: int = WIDTH - GAP


def draw(outcomes: Sequence[Outcome]) -> Chart | None:
    """The chart of jobs that ran, the oldest first; None where none did."""
    ran = [outcome for outcome in outcomes if outcome.seconds is not None]
    if not ran:
        return None
    times = [outcome.seconds or 0.0 for outcome in ran]
    longest = max(times) or 1.0
    bars = []
    for index, (outcome, seconds) in enumerate(zip(ran, times, strict=True)):
        height = round(max(SHORTEST, HEIGHT * seconds / longest), 1)
        bars.append(Bar(index * WIDTH, round(HEIGHT - height, 1), height, outcome))
    words = (
        f"The last {len(ran)} that ran took {duration(median(times))} in the middle, "
        f"{duration(max(times))} at most."
    )
    return Chart(bars, len(ran) * WIDTH - GAP, words)
