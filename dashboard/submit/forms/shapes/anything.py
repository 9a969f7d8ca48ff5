"""A value of any kind, written as JSON."""

from __future__ import annotations

from dashboard.submit.forms.data import Data
from dashboard.submit.forms.drafts import MISSING, Draft, Raw
from dashboard.submit.forms.fields import Control
from dashboard.submit.forms.places import Place
from dashboard.submit.forms.shapes.base import Shape, json_text


class Anything(Shape):
    """A box for JSON; what has no other control is shown in it as well."""

    def fits(self, value: Draft) -> bool:
        return value is not MISSING

    def control(self, value: Draft, place: Place) -> Control:  # noqa: ARG002
        if value is MISSING:
            return Control("json")
        return Control("json", value.text if isinstance(value, Raw) else json_text(value))

    def read(self, data: Data, place: Place) -> Draft:
        text = data.text(place.name)
        return Raw(text) if text.strip() else MISSING
