"""The form of a task: its texts made into the body of a request, and back. Pure."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.tasks.fields import Field, Group, Kind, groups
from jobs import jsontext, labels
from jobs.errors import CeleriacError
from jobs.invalid import FieldError
from jobs.jsontext import NotJson
from jobs.labels import BadLabels
from scheduling import cron
from scheduling.cron import InvalidSchedule

MESSAGES_SHOWN = 20
"""Messages that one field shows."""
ON = "true"


@dataclass
class Bound:
    """A field with its text and with what is wrong with it."""

    field: Field
    text: str
    errors: list[str] = dataclasses.field(default_factory=list)


@dataclass(frozen=True)
class BoundGroup:
    """A group of the form; `is_open` tells whether its rarer fields need to be looked at."""

    group: Group
    fields: list[Bound]
    more: list[Bound]

    @property
    def is_open(self) -> bool:
        """Whether one of the rarer fields is filled in, or wrong."""
        return any(
            one.errors or one.text != as_text(one.field, one.field.default, "UTC")
            for one in self.more
        )


class Unreadable(CeleriacError):
    """{reason}"""

    code = "unreadable"

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)


def as_body(
    fields: Iterable[Field], posted: Mapping[str, str]
) -> tuple[dict[str, Any], list[FieldError]]:
    """The request in the texts of a form, and the texts that could not be read."""
    body: dict[str, Any] = {}
    errors: list[FieldError] = []
    zone = posted.get("timezone", "").strip() or "UTC"
    for one in fields:
        text = posted.get(one.name, "")
        try:
            body[one.name] = _read(one, text, zone)
        except Unreadable as error:
            errors.append(FieldError(one.name, str(error), error.code))
    return body, errors


def as_texts(fields: Iterable[Field], body: Mapping[str, Any]) -> dict[str, str]:
    """The texts of the form for a request; what it leaves out has its default."""
    zone = str(body.get("timezone") or "UTC")
    return {one.name: as_text(one, body.get(one.name, one.default), zone) for one in fields}


def bind(
    fields: Mapping[str, Field], texts: Mapping[str, str], errors: Iterable[FieldError] = ()
) -> tuple[list[BoundGroup], list[str]]:
    """The form to be shown, and the errors that belong to none of its fields."""
    bound = {name: Bound(one, texts.get(name, "")) for name, one in fields.items()}
    others = []
    for error in errors:
        name = name_of(error)
        where = "" if error.field == name else f"{error.field}: "
        if name not in bound:
            others.append(f"{error.field}: {error.message}")
        elif len(bound[name].errors) < MESSAGES_SHOWN:
            bound[name].errors.append(where + error.message)
    shown = [
        BoundGroup(one, [bound[name] for name in one.names], [bound[name] for name in one.more])
        for one in groups()
    ]
    return shown, others


def name_of(error: FieldError) -> str:
    """The field of the form that an error belongs to: `payload` for `payload.items[3]`."""
    return error.field.partition(".")[0].partition("[")[0]


def fingerprint(texts: Mapping[str, str]) -> str:
    """Names what a form says, to see whether somebody changed it meanwhile."""
    return hashlib.sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()[:16]


def as_text(field: Field, value: Any, zone: str) -> str:
    """A value as its field shows it."""
    if value is None:
        return ""
    if field.kind == Kind.MOMENT:
        return _clock(str(value), zone)
    if field.kind == Kind.LABELS:
        return ", ".join(f"{name}={its}" for name, its in value.items())
    if field.kind == Kind.SWITCH:
        return ON if value else ""
    if field.kind == Kind.JSON:
        return json.dumps(value, indent=2, ensure_ascii=False)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _read(field: Field, text: str, zone: str) -> Any:
    if field.kind == Kind.SWITCH:
        return text == ON
    if not text.strip():
        return field.empty
    return _READERS.get(field.kind, _same)(text, zone)


def _same(text: str, zone: str) -> str:
    del zone
    return text.replace("\r\n", "\n")


def _whole(text: str, zone: str) -> int:
    del zone
    try:
        return int(text)
    except ValueError:
        raise Unreadable("Give a whole number.") from None


def _number(text: str, zone: str) -> float:
    del zone
    try:
        return float(text)
    except ValueError:
        raise Unreadable("Give a number.") from None


def _moment(text: str, zone: str) -> str:
    """A time on the task's clock with its zone; a zone that there is not is said elsewhere."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return (
            moment if moment.tzinfo else moment.replace(tzinfo=cron.find_zone(zone))
        ).isoformat()
    except ValueError:
        raise Unreadable("Give a date and a time, such as 2030-01-31T12:00:00.") from None
    except InvalidSchedule:
        return f"{text.strip()}Z"


def _labels(text: str, zone: str) -> dict[str, str]:
    del zone
    try:
        return labels.read(text)
    except BadLabels as error:
        raise Unreadable(str(error)) from None


def _json(text: str, zone: str) -> Any:
    del zone
    try:
        return jsontext.parse(text.encode())
    except NotJson as error:
        raise Unreadable(f"This is no JSON: {error.fields['reason']}.") from None


def _clock(text: str, zone: str) -> str:
    moment = datetime.fromisoformat(text)
    try:
        return moment.astimezone(cron.find_zone(zone)).replace(tzinfo=None).isoformat()
    except InvalidSchedule:
        return text


_READERS: dict[Kind, Callable[[str, str], Any]] = {
    Kind.WHOLE: _whole,
    Kind.NUMBER: _number,
    Kind.MOMENT: _moment,
    Kind.LABELS: _labels,
    Kind.JSON: _json,
}
