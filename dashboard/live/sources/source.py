"""What a kind of topic is."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from jobs.ids import is_uuid
from jobs.sql import Cursor

Data = dict[str, Any]
"""What there is to be told of a topic: JSON values by key."""


@dataclass(frozen=True)
class Source:
    """Reads all topics of one kind at once.

    `read(cursor, arguments)` gives the data by argument; where there is only one topic of the
    kind, its argument is empty.
    """

    read: Callable[[Cursor, Collection[str]], dict[str, Data]]
    takes_argument: bool = False
    accepts: Callable[[str], bool] = lambda argument: not argument
    every: float = 1.0
    """Seconds between two looks, at least."""


def ids(argument: str) -> list[str]:
    """The ids in an argument."""
    return [id_ for id_ in argument.split(",") if id_]


def are_ids(argument: str) -> bool:
    """Whether it is a list of ids, which may be empty, as Celeriac writes them."""
    return all(is_uuid(id_) and len(id_) == 36 and id_ == id_.lower() for id_ in ids(argument))


def is_id(argument: str) -> bool:
    """Whether it is one id."""
    return len(ids(argument)) == 1 and are_ids(argument)
