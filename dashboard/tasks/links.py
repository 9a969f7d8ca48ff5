"""The executors of a task as lines of text, and what other lines would change. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from jobs.invalid import ErrorList

Link = dict[str, Any]
"""`{executor, priority, weight}`; without a weight of its own it has the executor's."""


class Changes(NamedTuple):
    """What replacing the links of a task does to them, by the names of executors."""

    added: list[str]
    removed: list[str]
    changed: list[str]


def as_lines(links: Sequence[Link]) -> str:
    """Links as the form has them, one a line: `NAME PRIORITY`, then the weight if it has one."""
    return "\n".join(
        f"{one['executor']} {one['priority']} {one['weight'] or ''}".rstrip() for one in links
    )


def read(text: str) -> list[Link]:
    """The links in such lines, in the shape of the API; raises `InvalidRequest`."""
    errors = ErrorList()
    lines = [line.split() for line in text.splitlines() if line.strip()]
    found = [_link(number, words, errors) for number, words in enumerate(lines, 1)]
    errors.check()
    return found


def compare(before: Sequence[Link], after: Sequence[Link]) -> Changes:
    """What it means to have the links `after` instead of those of `before`."""
    old = {one["executor"]: one for one in before}
    new = {one["executor"]: one for one in after}
    return Changes(
        added=[name for name in new if name not in old],
        removed=[name for name in old if name not in new],
        changed=[name for name, one in new.items() if name in old and one != old[name]],
    )


def _link(number: int, words: list[str], errors: ErrorList) -> Link:
    name, *numbers = words
    if len(numbers) > 2 or not all(_is_whole(one) for one in numbers):
        message = "Give a name and, if you like, a priority and a weight, which are whole numbers."
        errors.add([f"line {number}"], "invalid", message)
        return {}
    priority, weight = [*map(int, numbers), None, None][:2]
    return {"executor": name, "priority": priority or 0, "weight": weight}


def _is_whole(text: str) -> bool:
    return text.removeprefix("-").isascii() and text.removeprefix("-").isdigit() and len(text) < 9
