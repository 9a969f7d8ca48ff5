"""One process of the catalogue while it runs."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from signal import SIGTERM

from config.embedded.process import GuardedProcess
from config.embedded.server import last_lines, log_size
from config.environment import BASE_DIR
from config.processes.catalogue import Process


class RunningProcess:
    """Starts and stops a process of the catalogue; its output goes to `log`."""

    def __init__(self, process: Process, environment: Mapping[str, str], log: Path) -> None:
        self.name = process.name
        self.log = log
        self.leaves_first = process.leaves_first
        self._process = process
        self._environment = {
            **environment, **process.environment, "CELERIAC_PROCESS": process.name
        }  # fmt: skip
        self._log_start = 0
        self._guarded: GuardedProcess | None = None

    @property
    def pid(self) -> int:
        """Its process id; 0 before the first start."""
        return self._guarded.pid if self._guarded else 0

    def start(self) -> None:
        """Starts it; returns at once."""
        self._log_start = log_size(self.log)
        self._guarded = GuardedProcess(
            self._process.command, env=self._environment, cwd=BASE_DIR, log=self.log
        )

    def exit_code(self) -> int | None:
        """How it ended (128 + N by signal N), or None while it runs or was never started."""
        return self._guarded.poll() if self._guarded else None

    def is_ready(self) -> bool:
        """Whether it does its work, as far as that can be seen from here."""
        if self._process.ready_url:
            return _answers(self._process.ready_url)
        return self._process.ready_text in self.said()

    def said(self, lines: int = 1000) -> str:
        """The last lines of its log since its start."""
        return last_lines(self.log, self._log_start, lines)

    def ask_to_stop(self) -> None:
        """Sends SIGTERM, on which every process finishes what it has begun."""
        if self._guarded:
            self._guarded.send(SIGTERM)

    def stop(self, limit: float) -> None:
        """Waits `limit` seconds for its end, then kills it."""
        if self._guarded:
            self._guarded.stop(SIGTERM, timeout=limit)


def _answers(url: str) -> bool:
    try:
        # Only ever an address of a process that we have started.
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310
            return True
    except urllib.error.HTTPError as error:
        return error.code == 401  # Flower, which asks for its password
    except OSError:
        return False
