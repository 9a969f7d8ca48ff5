"""The form of a job request: its payload, as its type describes it, and its options, in groups.

Both come from JSON Schemas, so that what the API takes is what the form asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from dashboard.submit.forms.data import Data
from dashboard.submit.forms.drafts import MISSING, Draft, Raw, settle
from dashboard.submit.forms.fields import Field
from dashboard.submit.forms.places import ROOT
from dashboard.submit.forms.shapes.base import json_text
from dashboard.submit.forms.slots import Slot
from jobs import types
from jobs.invalid import ErrorList
from jobs.requests import JobRequest

PAYLOAD = "payload"
APART = ("type", PAYLOAD)
"""Fields of a request that are no options."""
FOR_CHUNKS = ("chunks",)
"""Options of types whose work can be split."""

GROUPS = {
    "Name and time": ("name", "priority", "run_at", "unique_key"),
    "Place": (
        "thread_demand", "chunks", "placement", "on_shortage", "requires",
        "load_balance_strategy", "routing_key",
    ),
    "If it fails": ("max_attempts", "timeout", "retry"),
}  # fmt: skip
"""Options by the heading that they stand under."""
REST = "More"
"""The heading of those that have none."""

MOST_CONTROLS = 900
"""Django reads 1,000 fields of a form; a payload that needs more is shown as JSON."""


@dataclass(frozen=True)
class Group:
    """Fields under a heading; `used` says whether one of them is filled in."""

    title: str
    fields: Sequence[Field]
    used: bool


@dataclass(frozen=True)
class Form:
    """All fields of a request for a job of a type."""

    payload: Field
    groups: Sequence[Group]

    def walk(self) -> Iterator[Field]:
        """All fields, in the order of the page."""
        yield from self.payload.walk()
        for group in self.groups:
            for field in group.fields:
                yield from field.walk()


def form(kind: types.JobType, draft: Mapping[str, Draft]) -> Form:
    """The fields of a request with the values of a draft."""
    slot = payload_slot(kind.name)
    payload = slot.field(draft.get(PAYLOAD, MISSING), ROOT.child(PAYLOAD))
    if _controls(payload) > MOST_CONTROLS:
        value = settle(draft[PAYLOAD], ErrorList())
        payload = slot.field(Raw(json_text(value)), ROOT.child(PAYLOAD))
    return Form(payload, [_group(title, slots, draft) for title, slots in _groups(kind)])


def read(kind: types.JobType, data: Data) -> dict[str, Draft]:
    """The draft of a request in form data."""
    slots = [payload_slot(kind.name), *(slot for _, group in _groups(kind) for slot in group)]
    found = {slot.key: slot.read(data, ROOT.child(slot.key)) for slot in slots}
    return {"type": kind.name} | {k: v for k, v in found.items() if v is not MISSING}


def knows(kind: types.JobType, name: str) -> bool:
    """Whether a form for the type has a place for this field of a request."""
    return name in APART or any(slot.key == name for _, slots in _groups(kind) for slot in slots)


@cache
def payload_slot(type_name: str) -> Slot:
    """Where the payload of a type goes."""
    schema = types.get(type_name).payload.json_schema()
    return Slot(PAYLOAD, schema, schema)


@cache
def _options() -> Mapping[str, Slot]:
    schema = JobRequest.model_json_schema()
    return {
        name: Slot(name, inner, schema, required=False)
        for name, inner in schema["properties"].items()
        if name not in APART
    }


def _groups(kind: types.JobType) -> list[tuple[str, list[Slot]]]:
    options = {
        name: slot for name, slot in _options().items() if kind.chunkable or name not in FOR_CHUNKS
    }
    named = {name for names in GROUPS.values() for name in names}
    groups = {**GROUPS, REST: tuple(name for name in options if name not in named)}
    found = {title: [options[n] for n in names if n in options] for title, names in groups.items()}
    return [(title, slots) for title, slots in found.items() if slots]


def _group(title: str, slots: Sequence[Slot], draft: Mapping[str, Draft]) -> Group:
    fields = [slot.field(draft.get(slot.key, MISSING), ROOT.child(slot.key)) for slot in slots]
    return Group(title, fields, any(slot.key in draft for slot in slots))


def _controls(payload: Field) -> int:
    """Names that a browser would send for it."""
    return sum(
        1 + bool(field.modes) + (field.row is not None) + (field.key is not None)
        + (field.control.kind == "union")
        for field in payload.walk()
    )  # fmt: skip
