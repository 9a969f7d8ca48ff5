"""The text of a log's server-sent events. Pure."""

from __future__ import annotations

from typing import Any

from pydantic_core import to_json


def line(shaped: dict[str, Any]) -> bytes:
    """A line of a log, whose number is where a reader that lost its connection goes on."""
    return b"id: %d\ndata: %s\n\n" % (shaped["number"], to_json(shaped))


def end(cursor: int, status: str) -> bytes:
    """The job has ended, and all its lines have been sent."""
    return b"id: %d\nevent: end\ndata: %s\n\n" % (cursor, to_json({"status": status}))
