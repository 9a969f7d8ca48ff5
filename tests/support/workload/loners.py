"""Job types of tasks: ones that notice another one beside them, and ones that have a parent."""

from __future__ import annotations

import time
from pathlib import Path

from jobs.context import JobContext
from jobs.types import Payload, job_type


class Room(Payload):
    """A directory, in which one may be at a time, for so many seconds."""

    path: str
    seconds: float = 0.0


class Count(Payload):
    n: int = 0


@job_type("loner", max_attempts=1)
def loner(context: JobContext, payload: Room) -> Count:
    """Fails if another one is there; else signs the visitors' book."""
    room = Path(payload.path)
    occupied = room / "occupied"
    occupied.touch(exist_ok=False)
    try:
        time.sleep(payload.seconds)
        with (room / "book").open("a") as book:
            book.write(f"{context.job_id}\n")
    finally:
        occupied.unlink()
    return Count()


@job_type("heir")
def heir(context: JobContext, payload: Count) -> Count:
    """One more than its parent has."""
    parent = context.parent
    return Count(n=parent.result["n"] + 1 if parent else payload.n)
