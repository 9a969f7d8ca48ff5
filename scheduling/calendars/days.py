"""Sets of days: dates, dates that come every year, and spans of dates."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Days:
    """Days in any of the three ways; `yearly` has pairs of month and day."""

    dates: frozenset[date] = frozenset()
    yearly: frozenset[tuple[int, int]] = frozenset()
    spans: tuple[tuple[date, date], ...] = ()

    def __contains__(self, day: date) -> bool:
        return (
            day in self.dates
            or (day.month, day.day) in self.yearly
            or any(first <= day <= last for first, last in self.spans)
        )

    def __bool__(self) -> bool:
        return bool(self.dates or self.yearly or self.spans)


NO_DAYS = Days()


def read_days(texts: list[str]) -> Days:
    """Days written as `2030-12-24`, `12-25` (every year) or `2030-12-24/2031-01-06`.

    Raises ValueError, whose text says what is wrong.
    """
    dates: set[date] = set()
    yearly: set[tuple[int, int]] = set()
    spans: list[tuple[date, date]] = []
    for text in texts:
        first, slash, last = text.partition("/")
        if slash:
            spans.append((_date(first, text), _date(last, text)))
            if spans[-1][0] > spans[-1][1]:
                message = f"{text!r} ends before it begins: put the earlier date first"
                raise ValueError(message)
        elif len(text) == len("12-25"):
            day = _date(f"2000-{text}", text)
            yearly.add((day.month, day.day))
        else:
            dates.add(_date(text, text))
    return Days(frozenset(dates), frozenset(yearly), tuple(spans))


def _date(text: str, whole: str) -> date:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        with suppress(ValueError):
            return date.fromisoformat(text)
    message = (
        f"{whole[:30]!r} is no date: write 2030-12-24, 12-25 for every year, or "
        "2030-12-24/2031-01-06 for a span"
    )
    raise ValueError(message)
