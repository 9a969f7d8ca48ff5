"""What is said of a job that is not there any more. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta


def kept_for(keep: Mapping[str, timedelta | None]) -> str:
    """How long jobs are kept, by the state in which they ended."""
    parts = [f"{state} ones {_days(span)}" for state, span in keep.items()]
    listed = " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))
    return f"Jobs that have ended are kept for a while: {listed}."


def _days(span: timedelta | None) -> str:
    if span is None:
        return "for ever"
    days = span / timedelta(days=1)
    return "not at all" if not days else f"for {days:g} day{'' if days == 1 else 's'}"
