"""JSON as it comes from outside, read strictly: nothing that Postgres could not store as jsonb."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic_core import from_json, to_json

from jobs.errors import CeleriacError

Path = tuple[str | int, ...]


class NotJson(CeleriacError):
    """The body is not JSON: {reason}. Send one JSON value in UTF-8; NaN and Infinity are none."""

    code = "not_json"


def parse(body: bytes) -> Any:
    """The value in a JSON text; raises `NotJson` for lone surrogates and NaN or Infinity too.

    A number that is too large for a float comes back as infinity, which `unstorable` finds.
    """
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise NotJson(reason=error) from None


def dump(value: object) -> str:
    """The compact JSON text of a value that came from `parse`."""
    return to_json(value).decode()


def storable(text: str) -> str:
    """The text as Postgres takes it, without NUL and halves of surrogate pairs."""
    return text.replace("\0", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode()


def may_be_unstorable(text: str) -> bool:
    """Whether `text`, from `dump`, is worth a look by `unstorable`; never false where it is."""
    return "\\u0000" in text or "Infinity" in text


def unstorable(value: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Where in a parsed value jsonb's limits are broken: `(path, "nul" or "number_range")`."""
    if isinstance(value, dict):
        for key, item in value.items():
            if "\0" in key:
                yield (*path, key), "nul"
            yield from unstorable(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from unstorable(item, (*path, index))
    elif isinstance(value, str) and "\0" in value:
        yield path, "nul"
    elif isinstance(value, float) and value in (float("inf"), float("-inf")):
        yield path, "number_range"
