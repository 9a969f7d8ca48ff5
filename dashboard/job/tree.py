"""A JSON value as a page shows it: long ones folded, arrays of numbers summed up. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from dashboard.job.summary import Summary, of_array

OPEN_DEPTH = 2
"""Objects and arrays up to here are unfolded."""
OPEN_ITEMS = 12
"""So are those of at most this many items."""
MOST_ITEMS = 200
"""Items of one object or array that are shown at all."""
MOST_NODES = 1500
"""Values that are shown of all."""
MOST_TEXT = 400
"""Characters of a text that are shown unfolded."""
TIMES = " \N{MULTIPLICATION SIGN} "
HEAD = 8
"""Numbers of an array that are shown beside its summary."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value. `kind` is the name of its JSON type; what is folded has a `head` to unfold it by."""

    kind: str
    key: str
    text: str = ""
    head: str = ""
    items: Sequence[Node] = ()
    left_out: int = 0
    summary: Summary | None = None
    is_open: bool = True


class _Budget:
    def __init__(self) -> None:
        self.left = MOST_NODES


def tree(value: Any) -> Node:
    """The nodes of a value from parsed JSON."""
    return _node("", value, 0, _Budget())


def _node(key: str, value: Any, depth: int, budget: _Budget) -> Node:
    budget.left -= 1
    if isinstance(value, dict):
        return _several("object", key, value.items(), len(value), depth, budget)
    if isinstance(value, list):
        if summary := of_array(value):
            return _numbers(key, value, summary)
        pairs = ((str(index), item) for index, item in enumerate(value))
        return _several("array", key, pairs, len(value), depth, budget)
    if isinstance(value, str):
        return _text(key, value)
    kind = "null" if value is None else "boolean" if isinstance(value, bool) else "number"
    return Node(kind, key, json.dumps(value))


def _several(
    kind: str,
    key: str,
    pairs: Iterable[tuple[str, Any]],
    count: int,
    depth: int,
    budget: _Budget,
) -> Node:
    nodes = []
    for name, item in islice(pairs, MOST_ITEMS):
        if budget.left <= 0:
            break
        nodes.append(_node(name, item, depth + 1, budget))
    noun = {"object": ("field", "fields"), "array": ("item", "items")}[kind][count != 1]
    return Node(
        kind,
        key,
        head=f"{count:,} {noun}",
        items=nodes,
        left_out=count - len(nodes),
        is_open=depth < OPEN_DEPTH and count <= OPEN_ITEMS,
    )


def _numbers(key: str, value: list[Any], summary: Summary) -> Node:
    shape = TIMES.join(f"{length:,}" for length in summary.shape)
    first = value[:HEAD] if len(summary.shape) == 1 else []
    text = ", ".join(map(json.dumps, first)) + (", …" if first and len(value) > HEAD else "")
    return Node("numbers", key, text, f"{shape} numbers", summary=summary)


def _text(key: str, value: str) -> Node:
    if len(value) <= MOST_TEXT:
        return Node("string", key, value)
    head = f"{len(value):,} characters: {value[:80]}…"
    return Node("string", key, value, head, is_open=False)
