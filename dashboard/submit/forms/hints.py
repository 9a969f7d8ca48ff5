"""The limits of a schema in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FORMATS = {
    "uuid": "a UUID",
    "date": "a date, such as 2030-01-31",
    "time": "a time of day, such as 12:30:00",
    "date-time": "a time in ISO 8601 with its zone, such as 2030-01-31T12:00:00Z",
    "duration": "a duration in ISO 8601, such as PT1H30M",
    "email": "an e-mail address",
    "uri": "a URL",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
}
MOST_PATTERN = 80


def hint(schema: Mapping[str, Any]) -> str:
    """Such as `1 to 16,000` or `at most 200 characters`; empty where there are no limits."""
    found = [
        FORMATS.get(schema.get("format", ""), ""),
        _range(schema),
        _between(schema, "minLength", "maxLength", "character"),
        _between(schema, "minItems", "maxItems", "item"),
        _between(schema, "minProperties", "maxProperties", "entry"),
        f"a multiple of {schema['multipleOf']}" if "multipleOf" in schema else "",
        _pattern(schema.get("pattern")),
    ]
    return ", ".join(filter(None, found))


def _range(schema: Mapping[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if low is not None and high is not None:
        return f"{_number(low)} to {_number(high)}"
    parts = [
        "" if low is None else f"at least {_number(low)}",
        "" if above is None else f"more than {_number(above)}",
        "" if high is None else f"at most {_number(high)}",
        "" if below is None else f"less than {_number(below)}",
    ]
    return ", ".join(filter(None, parts))


def _between(schema: Mapping[str, Any], lowest: str, highest: str, noun: str) -> str:
    low, high = schema.get(lowest), schema.get(highest)
    nouns = f"{noun.removesuffix('y')}ies" if noun.endswith("y") else f"{noun}s"
    if low and high is not None:
        return f"{low:,} to {high:,} {nouns}"
    if high is not None:
        return f"at most {high:,} {nouns if high != 1 else noun}"
    return f"at least {low:,} {nouns if low != 1 else noun}" if low else ""


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.12g}"


def _pattern(pattern: str | None) -> str:
    known = pattern and len(pattern) <= MOST_PATTERN and pattern.isprintable()
    return f"matching {pattern}" if known else ""
