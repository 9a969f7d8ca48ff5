"""Text: a line, an area, a date, the id of a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dashboard.submit.forms.data import Data
from dashboard.submit.forms.drafts import MISSING, Draft
from dashboard.submit.forms.fields import Control
from dashboard.submit.forms.places import Place
from dashboard.submit.forms.shapes.base import Shape

ONE_LINE = 200
"""Characters of a text that is taken for one line."""
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
KEYBOARDS = {"email": "email", "uri": "url"}


class Text(Shape):
    """A text as its schema describes it."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._format = schema.get("format", "")
        longest = schema.get("maxLength")
        short = longest is not None and longest <= ONE_LINE
        self._one_line = bool(short or self._format or schema.get("pattern"))
        if not (self._format or schema.get("pattern") or schema.get("minLength", 0) > 0):
            self.empty = ""

    def fits(self, value: Draft) -> bool:
        # A browser ends lines with both characters, so that one alone would not come back.
        return isinstance(value, str) and "\r" not in value

    def control(self, value: Draft, place: Place) -> Control:  # noqa: ARG002
        text = "" if value is MISSING else value
        if not self._one_line or "\n" in text:
            return Control("area", text)
        date = self._format == "date" and (not text or DATE.fullmatch(text))
        about = {
            "type": "date" if date else "password" if self._format == "password" else "text",
            "keyboard": KEYBOARDS.get(self._format, ""),
            "moment": self._format == "date-time",
        }
        return Control("line", text, about=about)

    def read(self, data: Data, place: Place) -> Draft:
        return data.text(place.name) or MISSING


class ArtifactId(Text):
    """The id of an artifact, which a file can be chosen for."""

    def control(self, value: Draft, place: Place) -> Control:
        about = {"file": place.aside("file")}
        return Control("artifact", "" if value is MISSING else value, about=about)

    def fits(self, value: Draft) -> bool:
        return isinstance(value, str) and not {"\r", "\n"} & set(value)
