"""Sums over slices of arrays in memory or in .npy files. No Django, no database.

Imported where it is needed only: NumPy would cost every process 0.2 s and 16 MB at its start.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from jobs.errors import CeleriacError

BLOCK = 1 << 20
"""Elements added between two calls of the progress function."""


class BadArray(CeleriacError):
    """The file can't be read as an array of numbers: {reason}."""

    code = "bad_array"


def open_npy(path: Path) -> np.ndarray:
    """The numbers in a .npy file, flat and in the file's order, mapped and not yet read.

    Raises `BadArray` for what is no .npy file, is cut short, or holds anything but numbers.
    """
    try:
        with np.errstate(all="ignore"):
            array = np.lib.format.open_memmap(path, mode="r")
    except (MemoryError, OSError):
        raise
    # Whatever the damage leads the header's parser to: ValueError, SyntaxError, OverflowError …
    except Exception as error:
        raise BadArray(reason=str(error).rstrip(".") or type(error).__name__) from None
    if array.dtype.kind not in "iuf":
        raise BadArray(reason=f"its elements are {array.dtype}")
    return array.reshape(-1, order="A")


def sum_slice(
    values: np.ndarray, start: int, stop: int, progress: Callable[[float], None]
) -> int | float:
    """The sum of `values[start:stop]`: exact for integers, within rounding for floats.

    `progress` is told the fraction done, from 0 to 1, after each block. The sum of floats may
    be infinite or NaN.
    """
    parts = []
    for begin in range(start, stop, BLOCK):
        end = min(begin + BLOCK, stop)
        parts.append(_sum_block(values[begin:end]))
        progress((end - start) / (stop - start))
    return add_up(parts)


def _sum_block(block: np.ndarray) -> int | float:
    if block.dtype.kind == "f":
        with np.errstate(over="ignore", invalid="ignore"):
            return float(block.sum(dtype=np.float64))
    if block.dtype.itemsize < 8:
        return int(block.sum(dtype=np.int64))
    # Halves of 32 bits can't overflow the sum of a block, as whole 64-bit integers could.
    return (int((block >> 32).sum()) << 32) + int((block & 0xFFFF_FFFF).sum())


def add_up(parts: Sequence[int | float]) -> int | float:
    """The sum of sums: exact for integers, NaN where floats add up to no finite number."""
    if all(isinstance(part, int) for part in parts):
        return sum(parts)
    try:
        return math.fsum(parts)
    except (OverflowError, ValueError):
        return math.nan
