"""Values of one of several kinds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dashboard.submit.forms.data import Data
from dashboard.submit.forms.drafts import MISSING, Draft, Picked
from dashboard.submit.forms.fields import Control, Option
from dashboard.submit.forms.places import Place
from dashboard.submit.forms.shapes.base import Shape
from dashboard.submit.forms.shapes.choice import Choice
from dashboard.submit.forms.shapes.record import Record

if TYPE_CHECKING:
    from dashboard.submit.forms.slots import Slot


class Union(Shape):
    """A select of the kind, and the field of the one that was chosen."""

    parts = True

    def __init__(self, branches: Sequence[Slot]) -> None:
        self._branches = branches

    def fits(self, value: Draft) -> bool:
        return isinstance(value, Picked) or self._branch_of(value) is not None

    def control(self, value: Draft, place: Place) -> Control:
        picked = value if isinstance(value, Picked) else Picked(self._branch_of(value) or 0, value)
        options = [
            Option(str(number), slot.label, chosen=number == picked.branch)
            for number, slot in enumerate(self._branches)
        ]
        inner = self._branches[picked.branch].field(picked.value, place.branch())
        return Control(
            "union", options=options, fields=[inner], about={"pick": place.aside("pick")}
        )

    def read(self, data: Data, place: Place) -> Draft:
        text = data.one(place.aside("pick"))
        known = text.isdecimal() and text.isascii() and int(text[:4]) < len(self._branches)
        branch = int(text) if known else 0
        return Picked(branch, self._branches[branch].read(data, place.branch()))

    def _branch_of(self, value: Draft) -> int | None:
        """The first branch that can show the value, one whose constants it has before others."""
        if value is MISSING:
            return 0
        fitting = [n for n, slot in enumerate(self._branches) if slot.shape.fits(value)]
        return max(fitting, key=lambda n: _likeness(self._branches[n].shape, value), default=None)


def _likeness(shape: Shape, value: Any) -> int:
    """How many more of an object's properties are as the shape wants them than are not."""
    if not isinstance(shape, Record) or not isinstance(value, dict):
        return 0
    score = 0
    for slot in shape.slots:
        if slot.key in value and isinstance(slot.shape, Choice):
            score += 10 if slot.shape.fits(value[slot.key]) else -10
        elif slot.key in value:
            score += 1
        elif slot.required:
            score -= 1
    return score
