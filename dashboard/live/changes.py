"""What changed of a topic's data, and the events that say so. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic_core import to_json


class Change(NamedTuple):
    """Keys with new values, and keys that are there no more."""

    set: dict[str, Any]
    gone: list[str]


def between(before: Mapping[str, Any], after: Mapping[str, Any]) -> Change | None:
    """What makes `after` of `before`; None where nothing does."""
    changed = {
        key: value for key, value in after.items() if key not in before or before[key] != value
    }
    gone = [key for key in before if key not in after]
    return Change(changed, gone) if changed or gone else None


def snapshot_event(topic: str, data: Mapping[str, Any]) -> bytes:
    """All that there is to be told of a topic."""
    return _event(b"snapshot", {"topic": topic, "data": data})


def change_event(topic: str, change: Change) -> bytes:
    """What changed of it."""
    return _event(b"change", {"topic": topic, "set": change.set, "gone": change.gone})


def _event(kind: bytes, body: dict[str, Any]) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (kind, to_json(body))
