"""The five or six fields of a cron expression, each read by cronsim and named if it is wrong."""

from __future__ import annotations

import re

from cronsim.cronsim import CronSimError, Field

from scheduling.cron.errors import InvalidSchedule

SHORTCUTS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}

_TAKES = {
    Field.SECOND: ("second", "0 to 59", ""),
    Field.MINUTE: ("minute", "0 to 59", ""),
    Field.HOUR: ("hour", "0 to 23", ""),
    Field.DAY: ("day", "1 to 31", ", L for the last day, LW for the last weekday"),
    Field.MONTH: ("month", "1 to 12 or JAN to DEC", ""),
    Field.DOW: (
        "weekday",
        "0 to 7 or SUN to SAT",
        ", 5L for the last Friday, 1#2 for the second Monday",
    ),
}


def split(text: str) -> tuple[str, ...]:
    """The six fields of an expression, seconds first; raises `InvalidSchedule`.

    Each is known to be readable. Five fields get the second 0.
    """
    fields = tuple(SHORTCUTS.get(text.lower(), text).upper().split())
    if len(fields) not in (5, 6):
        message = (
            "A cron expression has five fields (minute, hour, day, month, weekday), or six with "
            f"seconds first, and no year; {text[:60]!r} has {len(fields)}."
        )
        raise InvalidSchedule(message)
    six = fields if len(fields) == 6 else ("0", *fields)
    return tuple(_read(field, value) for field, value in zip(Field, six, strict=True))


def _read(field: Field, value: str) -> str:
    _check(field, value)
    return ",".join(_without_trivial_range(field, term) for term in value.split(","))


def _without_trivial_range(field: Field, term: str) -> str:
    """`5` for `5-5/2`, which cronsim would read as `5/2`, on and on to the end."""
    span = re.fullmatch(r"(\w+)-(\w+)(/\d+)?", term)
    return span[1] if span and field.int(span[1]) == field.int(span[2]) else term


def _check(field: Field, value: str) -> None:
    name, numbers, extra = _TAKES[field]
    try:
        field.parse(value)
    except (CronSimError, ValueError, AssertionError):
        message = (
            f"The {name} field {value[:40]!r} is wrong: it takes numbers from {numbers}, *, lists "
            f"such as 1,5, ranges such as 1-5 and steps such as */5{extra}."
        )
        raise InvalidSchedule(message) from None
    size = {Field.DAY: 31, Field.MONTH: 12, Field.DOW: 7, Field.HOUR: 24}.get(field, 60)
    for step in re.findall(r"/(\d+)", value):
        if int(step) > size:
            message = (
                f"The step /{step} in the {name} field is longer than its {size} values, so it "
                "would not do what it says: use a fixed rate such as @every 90m."
            )
            raise InvalidSchedule(message)
