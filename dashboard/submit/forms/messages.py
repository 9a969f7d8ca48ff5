"""Which field an error belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dashboard.submit.forms.fields import Field
from jobs.invalid import FieldError


@dataclass(frozen=True, slots=True)
class Message:
    """What is wrong with a field; `is_missing` while it is only not filled in yet."""

    text: str
    is_missing: bool


@dataclass(frozen=True)
class Messages:
    """What is wrong by the `id` of the field's place; `others` belong to none that is shown."""

    by_field: dict[str, list[Message]]
    others: list[FieldError]

    def __bool__(self) -> bool:
        return bool(self.by_field or self.others)


def sort(errors: Iterable[FieldError], fields: Sequence[Field]) -> Messages:
    """Each error at its own field, or at the innermost one around it."""
    # Of several fields of one path, a union and its branch, the outer one shows it.
    known = {field.place.api: field for field in reversed(fields) if field.place.path}
    sorted_ = Messages({}, [])
    for error in errors:
        path = _around(error.field, known)
        if path is None:
            sorted_.others.append(error)
            continue
        within = error.field[len(path) :].lstrip(".")
        text = f"{within}: {error.message}" if within else error.message
        message = Message(text, error.code == "required" and not within)
        sorted_.by_field.setdefault(known[path].place.id, []).append(message)
    return sorted_


def _around(path: str, known: dict[str, Field]) -> str | None:
    candidates = [path, *(path[:at] for at in range(len(path) - 1, 0, -1) if path[at] in ".[")]
    return next((candidate for candidate in candidates if candidate in known), None)
