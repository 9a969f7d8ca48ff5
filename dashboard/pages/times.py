"""A moment in words that hold for everybody; scripts write it anew for who looks. Pure."""

from __future__ import annotations

from datetime import UTC, datetime


def absolute(when: datetime | None) -> str:
    """`2024-02-29 12:30:05 UTC`; a dash for None."""
    return "-" if when is None else when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
