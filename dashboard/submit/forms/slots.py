"""A place for a value: its name, whether it may be left out or null, what it looks like."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dashboard.submit.forms import schemas
from dashboard.submit.forms.data import Data
from dashboard.submit.forms.drafts import MISSING, Draft, Raw
from dashboard.submit.forms.fields import Control, Field, Option
from dashboard.submit.forms.hints import hint
from dashboard.submit.forms.places import Place
from dashboard.submit.forms.shapes.anything import Anything
from dashboard.submit.forms.shapes.base import Shape
from dashboard.submit.forms.shapes.text import ArtifactId

AS_TYPED, EMPTY, NULL, LEFT_OUT, GIVEN, JSON = "", "empty", "null", "out", "given", "json"
"""The ways to give a value; `:as` in the form data."""

WORDS = {
    AS_TYPED: "as entered", EMPTY: "empty", NULL: "null", LEFT_OUT: "left out",
    GIVEN: "given", JSON: "as JSON",
}  # fmt: skip


@dataclass(frozen=True)
class Slot:
    """A property, an item or the whole of a value, by its JSON Schema; `root` has its `$defs`."""

    key: str
    schema: Mapping[str, Any]
    root: Mapping[str, Any]
    required: bool = True

    @cached_property
    def _described(self) -> schemas.Described:
        return schemas.describe(self.key, self.schema, self.root)

    @property
    def shape(self) -> Shape:
        """What a value that is neither left out nor null looks like."""
        return self._described.shape

    @property
    def label(self) -> str:
        """Its name for people."""
        return schemas.label(self.key, self.schema, self.root)

    @property
    def _nullable(self) -> bool:
        return self._described.nullable

    def read(self, data: Data, place: Place) -> Draft:
        """What the form data has for it; `MISSING` if it is left out."""
        mode = data.one(place.aside("as"))
        if mode == JSON:
            return Raw(data.text(place.name))
        if mode == NULL:
            return None
        is_out = mode == LEFT_OUT or (self._may_be_out and mode != GIVEN)
        if is_out and not data.wants_row(place.name):
            return MISSING
        draft = self.shape.read(data, place)
        if draft is not MISSING:
            return draft
        return self.shape.empty if mode == EMPTY else self._blank

    def field(
        self, value: Draft, place: Place, *, key: str | None = None, row: int | None = None
    ) -> Field:
        """The field with a value, in the place of the form that it has."""
        mode = self._mode_of(value)
        described = self._described
        return Field(
            place,
            self.label if row is None else f"{row + 1}",
            described.schema.get("description", ""),
            self.required,
            self._control(value, place, mode),
            self._modes(mode),
            ", ".join(filter(None, [self._limits, self._default])),
            key,
            row,
        )

    @property
    def _may_be_out(self) -> bool:
        """Whether it is left out unless the form says that it is given."""
        return self.shape.parts and (not self.required or self._nullable)

    @property
    def _blank(self) -> Draft:
        """What an empty control stands for."""
        if not self.required:
            return MISSING
        if self._nullable:
            return None
        return self.shape.empty

    @property
    def _limits(self) -> str:
        # That it is a UUID is of no interest to who chooses a file.
        return "" if isinstance(self.shape, ArtifactId) else hint(self._described.schema)

    @property
    def _default(self) -> str:
        if "default" not in self.schema or self.schema["default"] in (None, [], {}):
            return ""
        default = self.schema["default"]
        text = default if isinstance(default, str) else json.dumps(default, ensure_ascii=False)
        return f"{text} if left out"

    def _mode_of(self, value: Draft) -> str:
        given = GIVEN if self.shape.parts else AS_TYPED
        if value is MISSING:
            if not self._may_be_out:
                return given
            return NULL if self.required else LEFT_OUT
        if value is None and self._nullable:
            return AS_TYPED if not self.shape.parts and self._blank is None else NULL
        if isinstance(self.shape, Anything):
            return AS_TYPED
        if isinstance(value, Raw) or not self.shape.fits(value):
            return JSON
        is_empty = self.shape.empty is not MISSING and value == self.shape.empty
        return EMPTY if is_empty and self._blank is not self.shape.empty else given

    def _control(self, value: Draft, place: Place, mode: str) -> Control:
        if mode in {NULL, LEFT_OUT} and self.shape.parts:
            return Control("nothing", about={"grows": self.shape.grows})
        if mode == JSON:
            return Anything().control(value, place)
        is_blank = mode in {NULL, EMPTY} or (value is None and self._nullable)
        return self.shape.control(MISSING if is_blank else value, place)

    def _modes(self, mode: str) -> list[Option]:
        if mode == JSON:
            # Another way to give the value would have none of what is written here.
            return [Option(JSON, WORDS[JSON], chosen=True)]
        known = [GIVEN if self.shape.parts else AS_TYPED]
        if self.shape.parts and not self.required:
            known.insert(0, LEFT_OUT)
        if self.shape.empty is not MISSING and self._blank is not self.shape.empty:
            known.append(EMPTY)
        if self._nullable and (self.required or self.schema.get("default") is not None):
            known.append(NULL)
        if mode not in known:
            known.append(mode)
        if len(known) == 1:
            return []
        return [Option(each, WORDS[each], chosen=each == mode) for each in known]
