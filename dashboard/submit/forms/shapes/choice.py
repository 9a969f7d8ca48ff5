"""One of a few values: enums, constants, yes or no."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dashboard.submit.forms.data import Data
from dashboard.submit.forms.drafts import MISSING, Draft, Raw
from dashboard.submit.forms.fields import Control, Option
from dashboard.submit.forms.places import Place
from dashboard.submit.forms.shapes.base import Shape

WORDS = {"true": "yes", "false": "no", "null": "null"}


class Choice(Shape):
    """A select, whose options are JSON; of a lone value, the value itself."""

    def __init__(self, values: Sequence[Any]) -> None:
        self.values = list(values)
        self._texts = [json.dumps(value, sort_keys=True) for value in values]

    def fits(self, value: Draft) -> bool:
        return not isinstance(value, Raw) and _text(value) in self._texts

    def control(self, value: Draft, place: Place) -> Control:  # noqa: ARG002
        chosen = "" if value is MISSING else _text(value)
        options = [
            Option(text, WORDS.get(text) or _label(item), chosen=text == chosen)
            for item, text in zip(self.values, self._texts, strict=True)
        ]
        return Control("choice", chosen, options)

    def read(self, data: Data, place: Place) -> Draft:
        text = data.one(place.name)
        if text in self._texts:
            return self.values[self._texts.index(text)]
        return Raw(text) if text else MISSING


def _text(value: Any) -> str:
    try:
        return json.dumps(value, sort_keys=True)
    except (TypeError, ValueError):
        return ""


def _label(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
