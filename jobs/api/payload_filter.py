"""Filters by fields of the payload: `payload.a=3`, `payload.size.width=800`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from django.db.models import Q

from jobs.invalid import ErrorList

FIELDS_MAX = 10
DEPTH_MAX = 8
TEXT_MAX = 200
RULE = f"Give payload.field=value, or payload.field.inner=value, {DEPTH_MAX} names at most."


class PayloadFilter:
    """Reads the parameters that begin with `payload.`."""

    prefix = "payload."

    def condition(self, query: Mapping[str, Any], errors: ErrorList) -> Q:
        """Jobs whose payloads have these values; adds to `errors` what makes no sense."""
        found = Q()
        names = sorted(name for name in query if name.startswith(self.prefix))
        for name in names[:FIELDS_MAX]:
            if problem := _problem(name, query[name]):
                errors.add([name], "payload_field", problem)
            elif query[name]:
                found &= _has(name.split(".")[1:], query[name])
        for name in names[FIELDS_MAX:]:
            errors.add([name], "too_many", f"Give {FIELDS_MAX} fields of the payload at most.")
        return found


def _problem(name: str, text: str) -> str:
    """What is wrong with one of the parameters; nothing where it is right."""
    path = name.split(".")[1:]
    if not all(path) or len(path) > DEPTH_MAX:
        return RULE
    if max(map(len, [*path, text])) > TEXT_MAX:
        return f"Names and values have {TEXT_MAX} characters at most."
    if "\0" in name + text:
        return "Null characters are not allowed."
    return ""


def _has(path: list[str], text: str) -> Q:
    """That the field is this text, or the JSON value that the text spells: `3` is also `"3"`."""
    condition = Q(payload__contains=_nested(path, text))
    value = _json(text)
    return condition if value is None else condition | Q(payload__contains=_nested(path, value[0]))


def _nested(path: list[str], value: object) -> object:
    for name in reversed(path):
        value = {name: value}
    return value


def _json(text: str) -> tuple[object] | None:
    """The JSON value in a text, alone in a tuple; None where it is none that Postgres can keep."""
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return (value,) if "\\u0000" not in json.dumps(value) else None


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        _refuse(text)
    return value
