"""The order of a list and a place in it, by values instead of by an offset.

A place is the row at a page's edge: its value in the ordered column and its unique key. It
stays right while other rows come and go. Rows whose value is null come last both ways.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db.models import F, Q, QuerySet
from pydantic_core import to_jsonable_python


@dataclass(frozen=True)
class Stretch:
    """Rows that follow each other in a list, and what they are ordered by."""

    condition: Q
    terms: list[Any]

    def of(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of these rows that lie in it, in its order."""
        return rows.filter(self.condition).order_by(*self.terms)


@dataclass(frozen=True)
class Order:
    """By `column`, then by the unique `key`, both the same way; `name` is what users call it.

    `nullable` says whether there may be rows without a value.
    """

    name: str
    column: str
    key: str = "id"
    nullable: bool = False

    @property
    def descending(self) -> bool:
        """Whether the highest comes first."""
        return self.name.startswith("-")

    @property
    def by_key(self) -> bool:
        """Whether the unique key alone says the order."""
        return self.column == self.key

    def stretches(self, place: Place | None = None) -> list[Stretch]:
        """What lies past a place in the direction in which it looks; without one, all.

        Rows with a value and those without are a stretch each, since the index that leads through
        the first leaves out the others or has them at its other end.
        """
        backwards = place is not None and place.backwards
        descending = self.descending != backwards
        step = "lt" if descending else "gt"
        by_key, by_both = (
            _terms([self.key], descending),
            _terms([self.column, self.key], descending),
        )
        tie = Q(**{f"{self.key}__{step}": place.key}) if place else Q()
        if self.by_key:
            return [Stretch(tie, by_key)]
        null = Q(**{f"{self.column}__isnull": True})
        valued = Stretch(~null if self.nullable else Q(), by_both)
        nulls = [Stretch(null, by_key)] if self.nullable else []
        if place is None:
            return [valued, *nulls]
        if place.value is None:
            rest = Stretch(null & tie, by_key)
            return [rest, valued] if backwards else [rest]
        # The first condition follows from the second, but only it bounds what an index looks at.
        bound = Q(**{f"{self.column}__{step}e": place.value})
        beyond = Q(**{f"{self.column}__{step}": place.value})
        rest = Stretch(bound & (beyond | tie), by_both)
        return [rest] if backwards else [rest, *nulls]


@dataclass(frozen=True)
class Place:
    """The edge of a page, looking on from it or, `backwards`, back.

    `in_parts` says that the search which led here took too long to be made at once.
    """

    value: Any
    key: Any
    backwards: bool = False
    in_parts: bool = False

    def encode(self, salt: str) -> str:
        """As a signed text, which only the same `salt` can read."""
        edge = [to_jsonable_python(self.value), to_jsonable_python(self.key)]
        return Signer(salt=salt).sign_object([*edge, self.backwards, self.in_parts])

    @classmethod
    def decode(cls, text: str, salt: str) -> Place:
        """The place in a text from `encode`; raises ValueError for anything else.

        Times and UUIDs come back as texts, which queries take as well.
        """
        try:
            # A cursor that was made before there were parts has three values.
            return cls(*Signer(salt=salt).unsign_object(text))
        except (BadSignature, TypeError):
            raise ValueError(text) from None


START = Place(None, None)
"""The beginning of a list, to which a page leads back when all beside it is gone."""


def _terms(columns: list[str], descending: bool) -> list[Any]:
    return [F(name).desc() if descending else F(name).asc() for name in columns]
