"""Where handlers wait until a test lets them through."""

from __future__ import annotations

import time
from pathlib import Path

from jobs.context import JobContext
from jobs.types import Payload
from tests.support.gates import announce


class Latch(Payload):
    """Writes its process id to `started`, then waits until `gate` exists; both are paths."""

    started: str
    gate: str
    heed: bool = True
    busy: bool = False


def wait(context: JobContext, payload: Latch) -> None:
    """Tells that it is here, and waits."""
    announce(Path(payload.started))
    while not Path(payload.gate).exists():
        if payload.heed:
            context.check()
        if not payload.busy:
            time.sleep(0.01)
