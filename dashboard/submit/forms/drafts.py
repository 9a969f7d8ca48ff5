"""What a form holds while it is filled in: JSON values, and what is none yet.

A draft is a JSON value in which there may be `MISSING`, `Raw`, `Picked` and `Pairs`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from jobs import jsontext
from jobs.invalid import ErrorList

Draft = Any


class Missing(Enum):
    """The type of `MISSING`."""

    MISSING = "missing"


MISSING = Missing.MISSING
"""No value: the field is left out."""

NO_ITEM = "This is empty: fill it in, or remove it."
NO_NAME = "This has no name: give it one, or remove it."
TWICE = "There are two of this name: rename one, or remove it."


@dataclass(frozen=True, slots=True)
class Raw:
    """A value that is written as JSON, which may be wrong."""

    text: str


@dataclass(frozen=True, slots=True)
class Picked:
    """A value of the branch of a union that was chosen."""

    branch: int
    value: Draft


@dataclass(frozen=True, slots=True)
class Pairs:
    """The rows of a map; names may be empty or there twice."""

    rows: tuple[tuple[str, Draft], ...]


def settle(draft: Draft, errors: ErrorList, path: tuple[str | int, ...] = ()) -> Any:
    """The JSON value of a draft, `MISSING` where there is none, and what is wrong in `errors`."""
    if isinstance(draft, Raw):
        return _parsed(draft.text, errors, path)
    if isinstance(draft, Picked):
        return settle(draft.value, errors, path)
    if isinstance(draft, Pairs):
        return _map(draft, errors, path)
    if isinstance(draft, list):
        return [_item(item, errors, (*path, index)) for index, item in enumerate(draft)]
    if isinstance(draft, dict):
        values = {key: settle(item, errors, (*path, key)) for key, item in draft.items()}
        return {key: value for key, value in values.items() if value is not MISSING}
    return draft


def _parsed(text: str, errors: ErrorList, path: tuple[str | int, ...]) -> Any:
    if not text.strip():
        return MISSING
    try:
        return jsontext.parse(text.encode("utf-8", "replace"))
    except jsontext.NotJson as error:
        errors.add(path, error.code, f"This is not JSON: {error.fields['reason']}.")
        return MISSING


def _item(draft: Draft, errors: ErrorList, path: tuple[str | int, ...]) -> Any:
    value = settle(draft, errors, path)
    if value is not MISSING:
        return value
    if not isinstance(draft, Raw) or not draft.text.strip():
        errors.add(path, "required", NO_ITEM)
    return None


def _map(draft: Pairs, errors: ErrorList, path: tuple[str | int, ...]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, item in draft.rows:
        value = settle(item, errors, (*path, name))
        if value is MISSING and not name:
            continue
        if not name or name in values:
            errors.add((*path, name), "invalid", TWICE if name else NO_NAME)
        values[name] = None if value is MISSING else value
    return values
