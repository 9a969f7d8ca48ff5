"""What all shapes have in common."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import Any

from dashboard.submit.forms.data import Data
from dashboard.submit.forms.drafts import MISSING, Draft
from dashboard.submit.forms.fields import Control
from dashboard.submit.forms.places import Place

MOST_ROWS = 100
"""Rows of an array or a map; what has more is shown as JSON."""


class Shape(ABC):
    """Values of a kind.

    `parts` says whether they have fields of their own, `grows` whether these can be added;
    `empty` is the value, if there is one, that an empty control can stand for.
    """

    parts = False
    grows = False
    empty: Draft = MISSING

    @abstractmethod
    def fits(self, value: Draft) -> bool:
        """Whether the control can show a value, and `read` gives the same back."""

    @abstractmethod
    def control(self, value: Draft, place: Place) -> Control:
        """The control with a value that fits, or with `MISSING`: an empty one."""

    @abstractmethod
    def read(self, data: Data, place: Place) -> Draft:
        """What stands in the control; `MISSING` where it is empty."""


def json_text(value: Any) -> str:
    """A value as indented JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False)
