"""Counts, names and labels in words. Pure: no Django, no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def number(count: int, noun: str, *, more: bool = False) -> str:
    """A count and its noun: `1 slot`, `12,000+ jobs`."""
    plus = "+" if more else ""
    return f"{count:,}{plus} {noun}{'' if count == 1 and not more else 's'}"


def listed(names: Sequence[str], most: int = 5) -> str:
    """Names in a row: `w1, w2 and w3`, or `w1, w2 and 8 more`."""
    shown = list(names[:most])
    if len(names) > most:
        shown = [*shown[:-1], f"{len(names) - most + 1} more"]
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))


def labels(pairs: Mapping[str, str]) -> str:
    """Labels as they are written for a worker: `gpu=true, zone=a`."""
    return ", ".join(f"{name}={value}" for name, value in sorted(pairs.items()))
