"""One real process of a platform under test."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from config.embedded.process import GuardedProcess
from tests.support.database import ROOT
from tests.support.waiting import LIMIT


class Process:
    """Runs in a process group of its own, which never outlives the tests, however they end."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> None:
        self.name = name
        self.log = log
        self._start = log.stat().st_size if log.exists() else 0
        self._guarded = GuardedProcess(command, env=environment, cwd=ROOT, log=log)

    @property
    def pid(self) -> int:
        """The process id, which is also its group's."""
        return self._guarded.pid

    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._guarded.poll() is None

    def wait(self, limit: float = LIMIT) -> int:
        """Its exit code (128 + N if signal N ended it); raises subprocess.TimeoutExpired."""
        return self._guarded.wait(limit)

    def kill(self) -> None:
        """kill -9. Returns when nothing of its family is left."""
        self._guarded.kill()

    def terminate(self) -> None:
        """Asks it to end, as a service manager does. Returns at once."""
        self._guarded.send(signal.SIGTERM)

    def freeze(self) -> None:
        """Stops it and its children as if the machine had: they neither run nor end."""
        os.killpg(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Lets it go on."""
        os.killpg(self.pid, signal.SIGCONT)

    def children(self) -> list[int]:
        """Process ids of its children."""
        return [child.pid for child in psutil.Process(self.pid).children()]

    def said(self) -> str:
        """What it has written since its start."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as file:
            file.seek(self._start)
            return file.read().decode(errors="replace")
