"""Cron expressions in English words."""

from __future__ import annotations

from cronsim.explain import Expression

_UNITS = (("second", 60), ("minute", 60), ("hour", 24))


def explain(fields: tuple[str, ...]) -> str:
    """What six fields say, such as `At 02:30 every day`; plain intervals are `Every 5 minutes`."""
    return _interval(fields) or Expression(list(fields)).explain()


def _interval(fields: tuple[str, ...]) -> str | None:
    """`Every n` units, where that is the whole truth."""
    if fields[3:] != ("*", "*", "*"):
        return None
    for index, (unit, size) in enumerate(_UNITS):
        smaller, field, larger = fields[:index], fields[index], fields[index + 1 : 3]
        step = int(field[2:]) if field.startswith("*/") and field[2:].isdigit() else 0
        plain = set(smaller) <= {"0"} and set(larger) <= {"*"}
        if plain and 1 < step < size and size % step == 0:
            return f"Every {step} {unit}s"
    return None
