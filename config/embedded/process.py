"""A child process whose whole family ends with it, and with us, however we end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

GUARDIAN = Path(__file__).with_name("guardian.py")
LOG_LIMIT = 10 * 1024 * 1024


class GuardedProcess:
    """A command that runs under a guardian, in a process group of its own; `pid` is its id.

    It gets `end` when this process dies, then SIGKILL after `grace` seconds. Its output goes to
    the end of `log`, or nowhere. `user` is a (uid, gid) to become, as root only.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        log: Path | None = None,
        stdin: bytes = b"",
        end: signal.Signals = signal.SIGKILL,
        grace: float = 5.0,
        user: tuple[int, int] | None = None,
    ) -> None:
        self._channel, theirs = socket.socketpair()
        identity = f"{user[0]}:{user[1]}" if user else "-"
        with theirs, _open_log(log) as output:
            self._guardian = subprocess.Popen(
                [sys.executable, "-I", "-S", str(GUARDIAN), str(theirs.fileno()),
                 str(int(end)), str(grace), identity, *command],
                env=env, cwd=cwd, stdin=subprocess.PIPE, stdout=output, stderr=output,
                pass_fds=[theirs.fileno()], start_new_session=True,
            )  # fmt: skip
        _feed(self._guardian, stdin)
        with self._channel.makefile() as lines:
            self.pid = int(lines.readline() or 0)

    def poll(self) -> int | None:
        """The exit code (128 + N if signal N ended it), or None while it runs."""
        return self._ended(self._guardian.poll())

    def wait(self, timeout: float | None = None) -> int:
        """Waits up to `timeout` seconds; raises subprocess.TimeoutExpired."""
        code = self._ended(self._guardian.wait(timeout))
        assert code is not None
        return code

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to the command alone, not to its children; nothing if it has ended."""
        with suppress(OSError):
            self._channel.send(bytes([number]))

    def kill(self) -> int:
        """Kills it and all its descendants at once; returns when none is left."""
        self.send(signal.SIGKILL)
        return self.wait()

    def stop(self, number: signal.Signals = signal.SIGTERM, timeout: float = 10.0) -> int:
        """Asks it to end by `number`, and kills it after `timeout` seconds."""
        self.send(number)
        try:
            return self.wait(timeout)
        except subprocess.TimeoutExpired:
            return self.kill()

    def _ended(self, code: int | None) -> int | None:
        if code is None:
            return None
        self._channel.close()
        if code < 0 and self.pid:
            # The guardian itself was killed, so that nobody has looked after the group.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
            return 128 - code
        return code


def _open_log(log: Path | None) -> IO[bytes]:
    """Opens a log for appending; one that has grown past the limit is set aside first."""
    if log is None:
        return Path(os.devnull).open("ab")
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_name(log.name + ".1"))
    return log.open("ab")


def _feed(process: subprocess.Popen[bytes], text: bytes) -> None:
    assert process.stdin is not None
    with suppress(BrokenPipeError), process.stdin as pipe:
        pipe.write(text)
