"""Objects with named properties."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dashboard.submit.forms.data import Data
from dashboard.submit.forms.drafts import MISSING, Draft, Pairs
from dashboard.submit.forms.fields import Control
from dashboard.submit.forms.places import Place
from dashboard.submit.forms.shapes.base import Shape
from dashboard.submit.forms.shapes.mapping import Mapping

if TYPE_CHECKING:
    from dashboard.submit.forms.slots import Slot


class Record(Shape):
    """A field for each property, and rows for those that the schema does not name, if it may."""

    parts = True

    def __init__(self, slots: Sequence[Slot], others: Mapping | None = None) -> None:
        self.slots = slots
        self._others = others

    def fits(self, value: Draft) -> bool:
        if not isinstance(value, dict | Pairs):
            return False
        _, rest = self._split(value)
        if self._others is None:
            return not rest.rows
        return self._others.fits(rest if isinstance(value, Pairs) else dict(rest.rows))

    def control(self, value: Draft, place: Place) -> Control:
        named, rest = self._split({} if value is MISSING else value)
        fields = [
            slot.field(named.get(slot.key, MISSING), place.child(slot.key)) for slot in self.slots
        ]
        if self._others:
            fields.append(self._others.field(rest, place.rest()))
        return Control("record", fields=fields)

    def read(self, data: Data, place: Place) -> Draft:
        found = {slot.key: slot.read(data, place.child(slot.key)) for slot in self.slots}
        found = {key: value for key, value in found.items() if value is not MISSING}
        others = self._others.read(data, place.rest()) if self._others else Pairs(())
        return Pairs((*found.items(), *others.rows)) if others.rows else found

    def _split(self, value: dict[str, Draft] | Pairs) -> tuple[dict[str, Draft], Pairs]:
        """The properties that have slots, and all that is left."""
        keys = {slot.key for slot in self.slots}
        named: dict[str, Draft] = {}
        rest = []
        for key, item in value.rows if isinstance(value, Pairs) else value.items():
            if key in keys and key not in named:
                named[key] = item
            else:
                rest.append((key, item))
        return named, Pairs(tuple(rest))
