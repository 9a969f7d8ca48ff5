"""The fields of the form of a task: what the API's `TaskRequest` says of each, in groups.

A field that the API gets is in the form by itself, at the end of the group `REST`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from scheduling.defining.requests import TaskRequest


class Kind(StrEnum):
    """How a field is written in the form."""

    TEXT = "text"
    LINES = "lines"
    WHOLE = "whole"
    NUMBER = "number"
    SWITCH = "switch"
    CHOICE = "choice"
    MOMENT = "moment"
    """A time on a clock in the task's time zone."""
    LABELS = "labels"
    """Such as `gpu=true, zone=a`."""
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Field:
    """One field. Left empty it is `empty`; a field that is not `optional` must be filled in."""

    name: str
    kind: Kind
    label: str
    hint: str = ""
    optional: bool = True
    default: Any = None
    empty: Any = None
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    length: int | None = None
    example: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together: those that everybody fills in, and `more` that few do."""

    key: str
    title: str
    names: tuple[str, ...]
    more_title: str = ""
    more: tuple[str, ...] = field(default=())


GROUPS = (
    Group("what", "What it is", ("name", "description", "enabled")),
    Group(
        "when",
        "When it runs",
        ("cron_expression", "timezone"),
        "Span, calendar and late ticks",
        (
            "start_at", "end_at", "calendar", "calendar_policy", "misfire_policy",
            "misfire_grace", "misfire_limit",
        ),
    ),
    Group("work", "What runs", ("type", "payload")),
    Group(
        "how",
        "How it runs",
        ("priority", "execution_mode", "max_pending", "timeout"),
        "Slots and executors",
        (
            "thread_demand", "chunks", "placement", "on_shortage", "requires",
            "load_balance_strategy", "executor_group", "handler",
        ),
    ),
    Group(
        "end",
        "When it fails, and what follows",
        ("max_attempts", "pause_after_failures", "on_failure", "on_success"),
        "Delays between attempts",
        ("retry",),
    ),
)  # fmt: skip
REST = "how"
"""The group of fields that none names."""

OF_SCHEMA = {
    "integer": Kind.WHOLE,
    "number": Kind.NUMBER,
    "boolean": Kind.SWITCH,
    "string": Kind.TEXT,
}
KINDS = {
    "description": Kind.LINES,
    "type": Kind.CHOICE,
    "calendar": Kind.CHOICE,
    "requires": Kind.LABELS,
    "start_at": Kind.MOMENT,
    "end_at": Kind.MOMENT,
}
LABELS = {
    "name": "Name",
    "enabled": "Enabled",
    "cron_expression": "Schedule",
    "timezone": "Time zone",
    "start_at": "First tick not before",
    "end_at": "No tick from then on",
    "type": "Job type",
    "payload": "Payload, as JSON",
    "timeout": "Timeout, in seconds",
    "misfire_grace": "Late after, in seconds",
    "misfire_limit": "Late ticks at most",
    "requires": "Labels that an executor must have",
    "on_success": "On success, trigger",
    "on_failure": "On failure, trigger",
    "pause_after_failures": "Pause after failures in a row",
    "retry": "Retry policy, as JSON",
}
EXAMPLES = {
    "cron_expression": "*/10 * * * * *",
    "timezone": "Europe/Berlin",
    "payload": "{}",
    "requires": "gpu=true, zone=a",
    "retry": '{"strategy": "fixed", "delay": 10}',
}
HINTS = {
    "start_at": "On a clock in its time zone.",
    "end_at": "On a clock in its time zone.",
    "type": "",
    "payload": "",
    "timeout": "For one attempt; empty: as the job type says.",
    "max_attempts": "Empty: as the job type says.",
}


def fields(choices: Mapping[str, tuple[str, ...]]) -> dict[str, Field]:
    """Every field by its name; `choices` has the values of those whose values are rows."""
    schema = TaskRequest.model_json_schema()
    required = set(schema.get("required", ()))
    return {
        name: _field(name, said, schema.get("$defs", {}), choices, name in required)
        for name, said in schema["properties"].items()
    }


def groups() -> tuple[Group, ...]:
    """The groups, with every field of the API in one of them."""
    named = {name for group in GROUPS for name in (*group.names, *group.more)}
    rest = tuple(name for name in TaskRequest.model_fields if name not in named)
    return tuple(
        Group(one.key, one.title, one.names, one.more_title, one.more + rest)
        if one.key == REST
        else one
        for one in GROUPS
    )


def _field(
    name: str,
    said: dict[str, Any],
    definitions: dict[str, Any],
    choices: Mapping[str, tuple[str, ...]],
    required: bool,
) -> Field:
    plain, nullable = _plain(said, definitions)
    given = choices.get(name) or tuple(map(str, plain.get("enum", ())))
    hint: str = HINTS.get(name, said.get("description", plain.get("description", "")))
    return Field(
        name=name,
        kind=KINDS.get(name) or _kind(plain),
        label=LABELS.get(name) or name.replace("_", " ").capitalize(),
        hint=_for_a_form(hint),
        optional=nullable or not required,
        default=said.get("default"),
        empty=None if nullable else said.get("default", ""),
        choices=given,
        minimum=plain.get("minimum", plain.get("exclusiveMinimum")),
        maximum=plain.get("maximum"),
        length=plain.get("maxLength"),
        example=EXAMPLES.get(name, ""),
    )


def _for_a_form(hint: str) -> str:
    return hint.replace("`", "").replace("Null:", "Empty:").replace("null:", "empty:")


def _plain(said: dict[str, Any], definitions: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """What a field takes beside null, and whether it takes null."""
    options = [_resolve(one, definitions) for one in said.get("anyOf", [said])]
    others = [one for one in options if one.get("type") != "null"]
    return (others[0] if len(others) == 1 else {}), len(others) < len(options)


def _resolve(said: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    name = said.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = definitions.get(name, said)
    return found


def _kind(plain: dict[str, Any]) -> Kind:
    if "enum" in plain:
        return Kind.CHOICE
    return OF_SCHEMA.get(plain.get("type", ""), Kind.JSON)
