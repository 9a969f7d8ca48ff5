"""What the embedded servers share: start with retries, readiness, stop, kill."""

from __future__ import annotations

import signal
import time
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from config.embedded.ports import free_port
from config.embedded.process import GuardedProcess
from jobs.errors import CeleriacError

# Seconds. Replaying the log of a crash may take long; waiting for another server to go may not.
READY_LIMIT = 300.0
RETRY_LIMIT = 30.0


class ServerFailed(CeleriacError):
    """{name} did not start: {reason}"""

    code = "server_failed"


class EmbeddedServer(ABC):
    """A server on a free loopback port; as a context manager it starts and stops.

    `port` is 0 until the first start and stays the same from then on.
    """

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]
    # Parts of what a server says when it is worth trying again.
    passing: ClassVar[tuple[str, ...]] = ("Address already in use",)

    def __init__(self, log: Path) -> None:
        self.port = 0
        self.log = log
        self._process: GuardedProcess | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where the server is, with the password."""

    @abstractmethod
    def _prepare(self) -> None:
        """What comes before the first try of each start."""

    @abstractmethod
    def _launch(self) -> GuardedProcess:
        """Starts the process on `self.port`."""

    @abstractmethod
    def _is_ready(self) -> bool:
        """Whether the process that was launched takes connections."""

    @property
    def pid(self) -> int:
        """The server's process id; 0 when it is stopped."""
        return self._process.pid if self._process else 0

    def is_running(self) -> bool:
        """Whether the server's process lives."""
        return self._process is not None and self._process.poll() is None

    def exit_code(self) -> int | None:
        """How it ended by itself (128 + N by signal N); None while it runs or is stopped."""
        return self._process.poll() if self._process else None

    def start(self) -> str:
        """Starts the server; returns `url`. Raises ServerFailed with the end of its log."""
        self._prepare()
        keep_port = bool(self.port)
        retry_until = time.monotonic() + RETRY_LIMIT
        while True:
            self.port = self.port if keep_port else free_port()
            reason = self._try_to_start()
            if not reason:
                return self.url
            if time.monotonic() > retry_until or not any(text in reason for text in self.passing):
                raise ServerFailed(name=self.name, reason=reason)
            time.sleep(0.1)

    def stop(self) -> None:
        """Stops it after it has written what it keeps."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """Kills all of it by SIGKILL."""
        self._end(signal.SIGKILL)

    def restart(self) -> str:
        """Stops it and starts it again; returns `url`."""
        self.stop()
        return self.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.stop()

    def _end(self, number: signal.Signals) -> None:
        if self._process:
            self._process.stop(number, timeout=30)
            self._process = None

    def _try_to_start(self) -> str:
        """Starts once; returns why it failed, or an empty string."""
        offset = log_size(self.log)
        self._process = self._launch()
        give_up = time.monotonic() + READY_LIMIT
        is_ready = False
        try:
            while self.is_running() and time.monotonic() < give_up and not is_ready:
                time.sleep(0.02)
                is_ready = self._is_ready()
        finally:
            if not is_ready:
                self._process.kill()
        return "" if is_ready else last_lines(self.log, offset) or "it said nothing"


def log_size(log: Path) -> int:
    """Where a log ends now, in bytes; 0 where there is none yet."""
    return log.stat().st_size if log.exists() else 0


def last_lines(log: Path, offset: int = 0, limit: int = 20) -> str:
    """The last lines of what was written to a log after its first `offset` bytes."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        # A log that has been set aside since starts anew.
        file.seek(offset if offset <= log_size(log) else 0)
        return "\n".join(file.read().decode(errors="replace").splitlines()[-limit:])
