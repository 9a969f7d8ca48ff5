"""What a template shows of a form: fields with a label, each with a control."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dashboard.submit.forms.places import Place


@dataclass(frozen=True, slots=True)
class Option:
    """One of the choices of a select."""

    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Control:
    """`kind` names the template; `text` is what stands in it; `fields` are those inside of it."""

    kind: str
    text: str = ""
    options: Sequence[Option] = ()
    fields: Sequence[Field] = ()
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Field:
    """A control with its label; `modes` are the ways to give the value, none if there is one.

    `key` is the name in a map, `row` the number of the row that it is, None where it is none.
    """

    place: Place
    label: str
    description: str
    required: bool
    control: Control
    modes: Sequence[Option] = ()
    hint: str = ""
    key: str | None = None
    row: int | None = None

    @property
    def mode(self) -> str:
        """How the value is given."""
        return next((option.value for option in self.modes if option.chosen), "")

    def walk(self) -> Iterator[Field]:
        """It and all inside of it."""
        yield self
        for inner in self.control.fields:
            yield from inner.walk()
