"""What is wrong with a request, field by field, in words that say how to mend it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from pydantic import ValidationError

from jobs.errors import CeleriacError

LISTED = 1000
"""How many errors of one request are spelled out; the rest are only counted."""

CODES = {"missing": "required", "extra_forbidden": "unknown_field"}
"""Pydantic's codes that have a plainer name here."""

MESSAGES = {
    "missing": "This field is required: add it.",
    "extra_forbidden": "There is no such field: remove it.",
    "finite_number": "NaN and Infinity are not accepted: send a finite number.",
    "model_type": "This should be a JSON object with the fields that /api/docs/ shows.",
    "nul": "NUL characters (\\u0000) can't be stored: remove them.",
    "number_range": "This number is too large: send one that fits a 64-bit float.",
}


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong; `field` is a path such as `jobs[3].payload.a`."""

    field: str
    message: str
    code: str


class InvalidRequest(CeleriacError):
    """{count} things are wrong with the request; nothing was stored. See errors."""

    code = "invalid_request"

    def __init__(self, errors: Sequence[FieldError], count: int | None = None) -> None:
        self.errors = list(errors)
        count = len(self.errors) if count is None else count
        super().__init__(count=count)
        if count == 1:
            self.args = (f"{self.errors[0].field}: {self.errors[0].message}",)


class BodyTooLarge(CeleriacError):
    """The body is larger than the limit of {limit} bytes: split it into several requests."""

    code = "body_too_large"


class ErrorList:
    """Collects what is wrong with a request, of which only the first 1,000 are kept."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []
        self.count = 0

    def add(self, path: Sequence[str | int], code: str, message: str = "") -> None:
        """Adds one error; a code of `MESSAGES` needs no message."""
        self.count += 1
        if len(self.errors) < LISTED:
            text = message or MESSAGES[code]
            self.errors.append(FieldError(field_name(path), text, CODES.get(code, code)))

    def add_all(self, prefix: Sequence[str | int], error: ValidationError) -> None:
        """Adds all that Pydantic found in the part of the request at `prefix`."""
        if len(self.errors) == LISTED:
            # Spelling them out costs far more than finding them did.
            self.count += error.error_count()
            return
        for detail in error.errors(include_url=False, include_context=False):
            code = detail["type"]
            path = (*prefix, *detail["loc"])
            self.add(path, code, MESSAGES.get(code) or _sentence(detail["msg"], detail["input"]))

    def check(self) -> None:
        """Raises `InvalidRequest` if anything was added."""
        if self.count:
            raise InvalidRequest(self.errors, self.count)


def refuse(path: Sequence[str | int], code: str, message: str) -> NoReturn:
    """Raises `InvalidRequest` about the one thing that is wrong."""
    raise InvalidRequest([FieldError(field_name(path), message, code)])


def field_name(path: Sequence[str | int]) -> str:
    """A path as people write it: `("jobs", 3, "payload")` is `jobs[3].payload`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text or "body"


def _sentence(message: str, given: Any) -> str:
    """Pydantic's message with what was given instead, as JSON has it, where that is short."""
    message = message.removeprefix("Value error, ")
    if message.endswith("."):
        return message
    if given is None or isinstance(given, bool):
        return f"{message}, not {json.dumps(given)}."
    if isinstance(given, int | float | str) and len(shown := repr(given)) <= 40:
        return f"{message}, not {shown}."
    return f"{message}."
