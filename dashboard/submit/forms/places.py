"""Where a value is: its path in the JSON, and the names of its controls in the HTML."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from jobs.invalid import field_name

ESCAPES = {"~": "~0", "/": "~1", ":": "~2"}


@dataclass(frozen=True, slots=True)
class Place:
    """`name` is that of the control, such as `payload/sizes/0/width`; `path` as errors have it."""

    name: str
    path: tuple[str | int, ...]

    def child(self, key: str) -> Place:
        """The place of a property."""
        return Place(_joined(self.name, _escaped(key)), (*self.path, key))

    def row(self, index: int, key: str | None = None) -> Place:
        """The place of an item of an array, or of the value of a `key` in a map."""
        return Place(_joined(self.name, str(index)), (*self.path, index if key is None else key))

    def rest(self) -> Place:
        """The place of an object's properties that its schema does not name."""
        return Place(_joined(self.name, "~3"), self.path)

    def branch(self) -> Place:
        """The place of the branch of a union that was chosen."""
        return Place(_joined(self.name, "~4"), self.path)

    def aside(self, role: str) -> str:
        """The name of another control of the same value: `as`, `rows`, `key`, `pick`, `file`."""
        return f"{self.name}:{role}"

    @property
    def id(self) -> str:
        """For the attribute `id`: the same for the same name."""
        return f"f-{hashlib.sha256(self.name.encode()).hexdigest()[:12]}"

    @property
    def api(self) -> str:
        """The path as the API's errors have it: `payload.sizes[0].width`."""
        return field_name(self.path)


ROOT = Place("", ())


def _joined(start: str, end: str) -> str:
    return f"{start}/{end}" if start else end


def _escaped(key: str) -> str:
    return "".join(ESCAPES.get(character, character) for character in key)
