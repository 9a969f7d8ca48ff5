"""Arrays: rows that are added and removed, or a fixed number of items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dashboard.submit.forms.data import Data
from dashboard.submit.forms.drafts import MISSING, Draft
from dashboard.submit.forms.fields import Control
from dashboard.submit.forms.places import Place
from dashboard.submit.forms.shapes.base import MOST_ROWS, Shape

if TYPE_CHECKING:
    from dashboard.submit.forms.slots import Slot


class Rows(Shape):
    """An array of any length."""

    parts = True
    grows = True

    def __init__(self, items: Slot) -> None:
        self._items = items

    def fits(self, value: Draft) -> bool:
        return isinstance(value, list) and len(value) <= MOST_ROWS

    def control(self, value: Draft, place: Place) -> Control:
        fields = [
            self._items.field(item, place.row(number), row=number)
            for number, item in enumerate([] if value is MISSING else value)
        ]
        return Control("rows", fields=fields, about={"noun": "item", "most": MOST_ROWS})

    def read(self, data: Data, place: Place) -> Draft:
        found = [self._items.read(data, place.row(row)) for row in data.rows(place.name)]
        if data.wants_row(place.name) and len(found) < MOST_ROWS:
            found.append(MISSING)
        return found


class Fixed(Shape):
    """An array whose items each have a schema of their own."""

    parts = True

    def __init__(self, items: Sequence[Slot]) -> None:
        self._items = items

    def fits(self, value: Draft) -> bool:
        return isinstance(value, list) and len(value) == len(self._items)

    def control(self, value: Draft, place: Place) -> Control:
        given = [MISSING] * len(self._items) if value is MISSING else value
        fields = [
            slot.field(item, place.row(number))
            for number, (slot, item) in enumerate(zip(self._items, given, strict=True))
        ]
        return Control("record", fields=fields)

    def read(self, data: Data, place: Place) -> Draft:
        return [slot.read(data, place.row(number)) for number, slot in enumerate(self._items)]
