"""What a browser sends of a form, and what of its structure it wants changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """A row to be added to the array or map of that name, or the row of that name removed."""

    add: str = ""
    remove: str = ""

    @classmethod
    def of(cls, wish: str) -> Change:
        """From the value of a button: `add:payload/sizes`, `remove:payload/sizes/2`."""
        verb, _, name = wish.partition(":")
        return cls(**{verb: name}) if verb in {"add", "remove"} else cls()


class Data:
    """Values by name, several of one name in the order of the document."""

    def __init__(self, lists: Mapping[str, Sequence[str]], change: Change | None = None) -> None:
        self._lists = lists
        self.change = change or Change()

    def one(self, name: str) -> str:
        """The value of that name, empty where there is none."""
        found = self._lists.get(name)
        return found[-1] if found else ""

    def text(self, name: str) -> str:
        """The same with plain line feeds: browsers send them with carriage returns."""
        return self.one(name).replace("\r\n", "\n")

    def rows(self, name: str) -> list[int]:
        """The numbers of the rows of an array or map, without the one to be removed."""
        found = [row for row in self._lists.get(f"{name}:rows", ()) if row.isdecimal()]
        return [int(row) for row in found if self.change.remove != f"{name}/{row}"]

    def wants_row(self, name: str) -> bool:
        """Whether a row is to be added."""
        return self.change.add == name
