"""Spans of hours within a day, such as `09:00-17:30`, or over midnight, such as `22:00-06:00`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

DAY = timedelta(days=1)


class Hours(NamedTuple):
    """From `start` up to, but without, `end`, both counted from the midnight before."""

    start: timedelta
    end: timedelta


WHOLE_DAY = Hours(timedelta(0), DAY)


def read_hours(text: str) -> Hours:
    """Hours as people write them; raises ValueError, whose text says what is wrong."""
    match = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", text, re.ASCII)
    if match:
        a, b, c, d = map(int, match.groups())
        start, end = timedelta(hours=a, minutes=b), timedelta(hours=c, minutes=d)
        if b < 60 and d < 60 and start < DAY and end <= DAY and start != end:
            return Hours(start, end if start < end else end + DAY)
    message = f"{text[:30]!r} is no span of hours: write 09:00-17:30, up to 24:00, or 22:00-06:00"
    raise ValueError(message)


def merged(spans: Iterable[Hours]) -> tuple[Hours, ...]:
    """The same hours in order, none of which touch."""
    found: list[Hours] = []
    for span in sorted(spans):
        if found and span.start <= found[-1].end:
            found[-1] = Hours(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return tuple(found)
