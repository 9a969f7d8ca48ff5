"""Objects with any names, whose values are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.submit.forms.data import Data
from dashboard.submit.forms.drafts import MISSING, Draft, Pairs
from dashboard.submit.forms.fields import Control, Field
from dashboard.submit.forms.places import Place
from dashboard.submit.forms.shapes.base import MOST_ROWS, Shape

if TYPE_CHECKING:
    from dashboard.submit.forms.slots import Slot


class Mapping(Shape):
    """Rows of a name and a value; those that are empty in both do not count."""

    parts = True
    grows = True

    def __init__(self, values: Slot) -> None:
        self._values = values

    def fits(self, value: Draft) -> bool:
        rows = _rows(value) if isinstance(value, dict | Pairs) else None
        if rows is None or len(rows) > MOST_ROWS:
            return False
        return not any(key == "" or {"\r", "\n"} & set(key) for key in _keys(value))

    def control(self, value: Draft, place: Place) -> Control:
        fields = [
            self._values.field(item, place.row(number, key), key=key, row=number)
            for number, (key, item) in enumerate(() if value is MISSING else _rows(value))
        ]
        return Control("rows", fields=fields, about={"noun": "entry", "most": MOST_ROWS})

    def read(self, data: Data, place: Place) -> Pairs:
        rows = []
        for number in data.rows(place.name):
            key = data.one(f"{place.name}/{number}:key")
            rows.append((key, self._values.read(data, place.row(number, key))))
        if data.wants_row(place.name) and len(rows) < MOST_ROWS:
            rows.append(("", MISSING))
        return Pairs(tuple(rows))

    def field(self, value: Pairs, place: Place) -> Field:
        """The rows for what an object has beyond its named properties."""
        return Field(place, "Others", "Any further properties.", False, self.control(value, place))


def _rows(value: dict[str, Draft] | Pairs) -> tuple[tuple[str, Draft], ...]:
    return value.rows if isinstance(value, Pairs) else tuple(value.items())


def _keys(value: dict[str, Draft] | Pairs) -> list[str]:
    """Of a finished object; while rows are filled in, their names may be anything."""
    return [] if isinstance(value, Pairs) else list(value)
