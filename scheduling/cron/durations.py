"""Spans of time as people write them: `90s`, `1h30m`, `1.5 h`."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

from scheduling.cron.errors import InvalidSchedule

UNITS = {
    "d": Decimal(86400),
    "h": Decimal(3600),
    "m": Decimal(60),
    "s": Decimal(1),
    "ms": Decimal("0.001"),
    "us": Decimal("0.000001"),
}
NAMES = [("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)]
LONGEST = timedelta(days=3660)

_PART = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)(us|ms|d|h|m|s)", re.ASCII)


def parse_duration(text: str) -> timedelta:
    """The span that `text` names; raises `InvalidSchedule`."""
    squeezed = "".join(text.lower().split())
    parts = _PART.findall(squeezed)
    if not parts or "".join(number + unit for number, unit in parts) != squeezed:
        message = (
            f"{text[:40]!r} is no span of time: "
            "write numbers with units d, h, m or s, such as 90s or 1h30m."
        )
        raise InvalidSchedule(message)
    seconds = sum(Decimal(number) * UNITS[unit] for number, unit in parts)
    if seconds > LONGEST.total_seconds():
        message = f"{text[:40]!r} is too long: at most {LONGEST.days} days are possible."
        raise InvalidSchedule(message)
    return timedelta(microseconds=int(seconds * 1_000_000))


def in_words(span: timedelta) -> str:
    """A span in English: `1 hour and 30 minutes`."""
    rest = span.total_seconds()
    words = []
    for name, size in NAMES:
        count, rest = (rest, 0) if size == 1 else divmod(rest, size)
        if count:
            words.append(f"{count:g} {name}{'' if count == 1 else 's'}")
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
