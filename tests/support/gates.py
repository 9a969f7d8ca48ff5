"""Latches between a test and the handlers of real processes: files, which outlive both."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from tests.support.waiting import LIMIT, wait_until


class Gate:
    """A place where the workload's latches wait until the test lets them through."""

    def __init__(self, directory: Path, name: str) -> None:
        self._started = directory / f"{name}.started"
        self._gate = directory / f"{name}.gate"

    def payload(self, **options: bool) -> dict[str, object]:
        """The payload of a latch that waits here."""
        return {"started": str(self._started), "gate": str(self._gate), **options}

    def is_reached(self) -> bool:
        """Whether a handler waits here, or did."""
        return self._started.exists()

    def wait_reached(self, limit: float = LIMIT) -> int:
        """Waits until a handler is here; the id of its process."""
        wait_until(self.is_reached, limit=limit, what=f"a job waits at {self._gate.stem}")
        return int(self._started.read_text())

    def forget(self) -> None:
        """Waits for the next to come, not for the one that came."""
        self._started.unlink()

    def open(self) -> None:
        """Lets through whoever waits or comes."""
        self._gate.touch()


def announce(path: Path) -> None:
    """Writes this process's id there, whole or not at all, whoever else does at the same time."""
    unfinished = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    unfinished.write_text(str(os.getpid()))
    unfinished.replace(path)
