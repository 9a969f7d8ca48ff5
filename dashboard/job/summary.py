"""What an array of numbers is like, in a few figures. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

LEAST = 12
"""Numbers of which a summary says more than they do."""
MOST_DIMENSIONS = 4
"""Each value is looked at as deep as this, so that deep ones take no longer than long ones."""


@dataclass(frozen=True, slots=True)
class Summary:
    """`shape` has the length of each dimension; the mean is that of all numbers."""

    shape: tuple[int, ...]
    least: float
    most: float
    mean: float


def of_array(value: Any) -> Summary | None:
    """The figures of a list of numbers, or of lists of them of one length; None for others."""
    shape = _shape(value)
    if shape is None or math.prod(shape) < LEAST:
        return None
    numbers = list(_flat(value))
    try:
        mean = math.fsum(numbers) / len(numbers)
    except OverflowError:
        mean = math.inf
    return Summary(shape, min(numbers), max(numbers), mean)


def _shape(value: Any, dimensions: int = MOST_DIMENSIONS) -> tuple[int, ...] | None:
    if not isinstance(value, list) or not value or not dimensions:
        return None
    if all(isinstance(item, int | float) and not isinstance(item, bool) for item in value):
        return (len(value),)
    inner = {_shape(item, dimensions - 1) for item in value}
    only = inner.pop()
    return (len(value), *only) if only and not inner else None


def _flat(value: list[Any]) -> Iterator[float]:
    for item in value:
        if isinstance(item, list):
            yield from _flat(item)
        else:
            yield item
