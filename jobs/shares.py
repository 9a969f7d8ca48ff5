"""Ranges that divide a length as equally as can be: what chunks split by. Pure."""

from __future__ import annotations


def share(length: int, index: int, of: int) -> tuple[int, int]:
    """Where one of `of` shares of `length` items, counted from 0, starts and stops."""
    return length * index // of, length * (index + 1) // of


def shares(length: int, parts: int) -> list[tuple[int, int]]:
    """All shares, at most `parts` and none of them empty; of no items, one empty share."""
    parts = max(1, min(parts, length))
    return [share(length, index, parts) for index in range(parts)]
