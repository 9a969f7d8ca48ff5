"""The order of a list and a place in it, by values instead of by an offset.

A place is the row at a page's edge: its value in the ordered column and its unique key. It
stays right while other rows come and go. Rows whose value is null come last both ways.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db.models import F, Q
from pydantic_core import to_jsonable_python


@dataclass(frozen=True)
class Order:
    """By `column`, then by the unique `key`, both the same way; `name` is what users call it."""

    name: str
    column: str
    key: str = "id"

    @property
    def descending(self) -> bool:
        """Whether the highest comes first."""
        return self.name.startswith("-")

    def terms(self, *, backwards: bool) -> list[Any]:
        """What to order by; `backwards` is the very opposite, nulls included."""
        descending = self.descending != backwards
        key = F(self.key).desc() if descending else F(self.key).asc()
        if self.column == self.key:
            return [key]
        nulls: dict[str, Any] = {"nulls_first": True} if backwards else {"nulls_last": True}
        column = F(self.column)
        return [column.desc(**nulls) if descending else column.asc(**nulls), key]

    def beyond(self, place: Place) -> Q:
        """The rows that lie past a place, in the direction in which it looks."""
        step = "lt" if self.descending != place.backwards else "gt"
        tie = Q(**{f"{self.key}__{step}": place.key})
        if self.column == self.key:
            return tie
        is_null = Q(**{f"{self.column}__isnull": True})
        if place.value is None:
            return (is_null & tie) | ~is_null if place.backwards else is_null & tie
        rest = Q(**{f"{self.column}__{step}": place.value})
        if not place.backwards:
            rest |= is_null
        return rest | (Q(**{self.column: place.value}) & tie)


@dataclass(frozen=True)
class Place:
    """The edge of a page, looking on from it or, `backwards`, back."""

    value: Any
    key: Any
    backwards: bool = False

    def encode(self, salt: str) -> str:
        """As a signed text, which only the same `salt` can read."""
        fields = [to_jsonable_python(self.value), to_jsonable_python(self.key), self.backwards]
        return Signer(salt=salt).sign_object(fields)

    @classmethod
    def decode(cls, text: str, salt: str) -> Place:
        """The place in a text from `encode`; raises ValueError for anything else.

        Times and UUIDs come back as texts, which queries take as well.
        """
        try:
            value, key, backwards = Signer(salt=salt).unsign_object(text)
        except BadSignature:
            raise ValueError(text) from None
        return cls(value, key, backwards)
