"""Numbers as people write them."""

from __future__ import annotations

import json
import re
from typing import Any

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
MOST_DIGITS = 4000
"""Of an integer; Python reads no longer ones."""


def parse(text: str) -> int | float | str:
    """The number in a text; the text itself where there is none, for the check to refuse."""
    if not NUMBER.fullmatch(text) or len(text) > MOST_DIGITS or not text.isascii():
        return text
    return int(text) if text.lstrip("+-").isdigit() else float(text)


def is_writable(value: Any) -> bool:
    """Whether `parse` reads back what `write` gives."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    if isinstance(value, str):
        return value != "" and value == "".join(value.split()) and parse(value) == value
    return isinstance(value, int) or value - value == 0  # neither NaN nor infinite


def write(value: float | str) -> str:
    """As JSON has it."""
    return value if isinstance(value, str) else json.dumps(value)
