"""Numbers, and arrays of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dashboard.submit.forms import numbers
from dashboard.submit.forms.data import Data
from dashboard.submit.forms.drafts import MISSING, Draft
from dashboard.submit.forms.fields import Control
from dashboard.submit.forms.places import Place
from dashboard.submit.forms.shapes.base import Shape

BETWEEN = re.compile(r"[\s,;]+")
ONE_LINE = 12
"""Numbers that are written in a line."""


class Number(Shape):
    """A number in a line of text: a browser's own control would round it, or drop it."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._whole = schema.get("type") == "integer"

    def fits(self, value: Draft) -> bool:
        return numbers.is_writable(value)

    def control(self, value: Draft, place: Place) -> Control:  # noqa: ARG002
        text = "" if value is MISSING else numbers.write(value)
        return Control("number", text, about={"keyboard": "numeric" if self._whole else "decimal"})

    def read(self, data: Data, place: Place) -> Draft:
        text = data.one(place.name).strip()
        return numbers.parse(text) if text else MISSING


class Numbers(Shape):
    """An array of numbers in one area, apart by spaces, commas or line ends."""

    empty: Draft = []

    def fits(self, value: Draft) -> bool:
        return isinstance(value, list) and all(map(_stands_alone, value))

    def control(self, value: Draft, place: Place) -> Control:  # noqa: ARG002
        written = [] if value is MISSING else [numbers.write(item) for item in value]
        return Control("numbers", (", " if len(written) <= ONE_LINE else "\n").join(written))

    def read(self, data: Data, place: Place) -> Draft:
        text = data.one(place.name).strip().removeprefix("[").removesuffix("]")
        return [numbers.parse(part) for part in BETWEEN.split(text) if part] or MISSING


def _stands_alone(value: Any) -> bool:
    if isinstance(value, str):
        return numbers.is_writable(value) and not set(",;[]") & set(value)
    return numbers.is_writable(value)
